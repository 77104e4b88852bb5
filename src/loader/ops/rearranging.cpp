// keras.ops.rearrange: "b (h w) c -> b c h w" with the lengths of axes as keywords.
#include <map>

#include "host/graph/extent.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

using AxisNames = std::vector<std::string>;  // the names that form one axis

bool is_name_letter(char c) { return c == '_' || (std::isalnum(static_cast<unsigned char>(c)) != 0); }

// Parses one side of the pattern; anything but names, blanks and simple parentheses is refused.
std::vector<AxisNames> axis_names_of(OperationCall& call, const std::string& side) {
  std::vector<AxisNames> groups;
  bool inside = false;
  const auto fail = [&] { call.l.refuse("rearranges by the pattern \"" + side + "\", which is not supported"); };
  for (size_t i = 0; i < side.size();) {
    const char c = side[i];
    if (is_name_letter(c)) {
      const size_t begin = i;
      while (i < side.size() && is_name_letter(side[i])) ++i;
      if (!inside) groups.emplace_back();
      groups.back().push_back(side.substr(begin, i - begin));
      continue;
    }
    if (c == '(') {
      if (inside) fail();
      inside = true, groups.emplace_back();
    } else if (c == ')') {
      if (!inside || groups.back().empty()) fail();
      inside = false;
    } else if (c != ' ') {
      fail();
    }
    ++i;
  }
  if (inside) fail();
  return groups;
}

class Pattern {
 public:
  Pattern(OperationCall& call, Value x, const std::string& text) : call_(call) {
    const size_t arrow = text.find("->");
    if (arrow == std::string::npos) call.l.refuse("rearranges by a pattern without \"->\"");
    from_ = axis_names_of(call, text.substr(0, arrow)), to_ = axis_names_of(call, text.substr(arrow + 2));
    const Shape shape = call.l.shape(x);
    if (from_.size() != shape.size())
      call.l.refuse("rearranges " + call.l.dims(x).to_string() + " by a pattern of " + std::to_string(from_.size()) + " axes");
    for (size_t i = 0; i < from_.size(); ++i) split(from_[i], shape[i]);
  }

  Value apply(Value x) const {
    Shape apart, result;
    for (const std::string& name : order_) apart.push_back(extents_.at(name));
    std::vector<int> places;
    for (const AxisNames& group : to_) {
      Shape parts;
      for (const std::string& name : group) {
        const auto found = std::find(order_.begin(), order_.end(), name);
        const auto place = static_cast<int>(found - order_.begin());
        if (found == order_.end() || std::find(places.begin(), places.end(), place) != places.end())
          call_.l.refuse("rearranges to the axis \"" + name + "\", which stands once on neither side");
        places.push_back(place), parts.push_back(extents_.at(name));
      }
      result.push_back(parts.size() == 1 ? parts[0] : host::product_of(parts));
    }
    if (places.size() != order_.size()) call_.l.refuse("rearranges to fewer axes than there are");
    return call_.l.reshape(call_.l.transpose(call_.l.reshape(x, apart), places), result);
  }

 private:
  // A name without a length takes the rest of the axis.
  void split(const AxisNames& group, Dim whole) {
    int64_t known = 1;
    const std::string* open = nullptr;
    for (const std::string& name : group) {
      if (extents_.contains(name)) call_.l.refuse("rearranges an axis that is named \"" + name + "\" twice");
      order_.push_back(name);
      extents_[name] = whole;
      if (group.size() == 1) return;
      const Arg* length = call_.keyword(name);
      if (length == nullptr && open != nullptr) call_.l.refuse("does not say how long the axis \"" + name + "\" is");
      if (length == nullptr) open = &name;
      if (length != nullptr) known = host::checked_multiply(known, length_of(*length, name));
      if (length != nullptr) extents_[name] = Dim{length_of(*length, name)};
    }
    if (open != nullptr) extents_[*open] = Dim{whole.size / known, whole.varies};
    if (whole.size % known != 0 || (open == nullptr && whole.size != known))
      call_.l.refuse("splits an axis of " + std::to_string(whole.size) + " elements into " + std::to_string(known));
  }

  int64_t length_of(const Arg& length, const std::string& name) const {
    const auto known = known_integer(call_.l, length);
    if (!known || *known < 1 || *known > Range::kMostExtent)
      call_.l.refuse("needs a length known beforehand for the axis \"" + name + '"');
    return *known;
  }

  OperationCall& call_;
  std::vector<AxisNames> from_, to_;
  std::vector<std::string> order_;
  std::map<std::string, Dim> extents_;
};

std::vector<Value> rearrange(OperationCall& call) {
  const Value x = call.tensor(0);
  const auto text = call.text(1);
  if (!text) call.l.refuse("is called without a pattern");
  return {Pattern(call, x, *text).apply(x)};
}

}  // namespace

std::vector<Operation> rearranging_operations() {
  return {{{"Rearrange"}, {}, {"tensor", "pattern"}, rearrange, 2, {"axes_lengths=*", "*=*"}}};
}

}  // namespace keraunos::loader
