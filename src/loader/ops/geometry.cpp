#include "loader/ops/geometry.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace keraunos::loader {

Layout::Layout(OperationCall& call, size_t parameter, Value x) : call_(call), axes_(call.l.rank(x) - 2) {
  if (axes_ < 1 || axes_ > 3) call.l.refuse("needs a tensor of rank 3 to 5, found " + call.l.dims(x).to_string());
  const std::string format = call.text(parameter).value_or("channels_last");
  first_ = format == "channels_first" || format.starts_with("NC");
  if (!first_ && format != "channels_last" && !(format.starts_with("N") && format.ends_with("C")))
    call.l.refuse("has the data format \"" + format + "\", which is not supported");
  if (format.ends_with("VECT_C")) call.l.refuse("has the data format \"" + format + "\", which is not supported");
}

Value Layout::last(Value x) const {
  if (!first_) return x;
  std::vector<int> order{0};
  for (int axis = 2; axis < axes_ + 2; ++axis) order.push_back(axis);
  order.push_back(1);
  return call_.l.transpose(x, order);
}

Value Layout::given(Value y) const {
  if (!first_) return y;
  std::vector<int> order{0, axes_ + 1};
  for (int axis = 1; axis <= axes_; ++axis) order.push_back(axis);
  return call_.l.transpose(y, order);
}

std::vector<int64_t> Layout::spatial(const std::vector<int64_t>& listed) const {
  const auto axes = static_cast<size_t>(axes_);
  if (listed.size() == 1) return std::vector<int64_t>(axes, listed[0]);
  if (listed.size() == axes) return listed;
  if (listed.size() != axes + 2)
    call_.l.refuse("has a list of " + std::to_string(listed.size()) + " numbers for the " + std::to_string(axes) +
                   " axes of a window");
  const auto begin = listed.begin() + (first_ ? 2 : 1);
  return {begin, begin + axes_};
}

std::vector<int64_t> Layout::numbers(size_t parameter) const {
  const auto listed = call_.integers(parameter);
  if (!listed) return std::vector<int64_t>(static_cast<size_t>(axes_), 1);
  const bool whole = listed->size() == static_cast<size_t>(axes_) + 2;
  if (whole && (listed->front() != 1 || listed->at(first_ ? 1 : listed->size() - 1) != 1))
    call_.l.refuse("has a window over batch or channels, which is not supported");
  std::vector<int64_t> all = spatial(*listed);
  for (int64_t number : all) {
    if (number < 1 || number > Range::kMostExtent) call_.l.refuse("has a window of " + std::to_string(number));
  }
  return all;
}

namespace {

std::string lower_letters(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

std::optional<Edges> pair_of(const Builder& b, const Arg& pair) {
  if (pair.list() == nullptr || pair.list()->size() != 2) return std::nullopt;
  const auto low = known_integer(b, (*pair.list())[0]), high = known_integer(b, (*pair.list())[1]);
  if (!low || !high || *low < 0 || *high < 0 || *low > Range::kMostExtent || *high > Range::kMostExtent) return std::nullopt;
  return Edges{.low = *low, .high = *high};
}

}  // namespace

bool is_same(OperationCall& call, size_t parameter, bool otherwise) {
  const std::string word = lower_letters(call.text(parameter).value_or(otherwise ? "same" : "valid"));
  if (word != "same" && word != "valid") call.l.refuse("pads \"" + word + "\", which is not supported; expected same or valid");
  return word == "same";
}

Window padded_window(OperationCall& call, const Layout& layout, size_t parameter, Value x, const std::vector<int64_t>& size,
                     const std::vector<int64_t>& stride, const std::vector<int64_t>& dilation) {
  const Arg* given = call.find(parameter);
  const Arg::List* pairs = given == nullptr ? nullptr : given->list();
  const bool same = pairs == nullptr && is_same(call, parameter);
  Window window = window_over(call.l.shape(x), same ? Padding::same : Padding::valid, size, stride, dilation);
  if (pairs == nullptr) return window;
  std::vector<int64_t> low, high;
  for (const Arg& pair : *pairs) {
    const auto edges = pair_of(call.l, pair);
    if (!edges) call.l.refuse("has a padding that is no list of pairs");
    low.push_back(edges->low), high.push_back(edges->high);
  }
  low = layout.spatial(low), high = layout.spatial(high);
  std::copy(low.begin(), low.end(), window.low.begin());
  std::copy(high.begin(), high.end(), window.high.begin());
  return window;
}

}  // namespace keraunos::loader
