#include "loader/files/yaml.h"

#include <algorithm>
#include <map>
#include <string>

#include "keraunos/error.h"
#include "loader/files/unicode.h"
#include "loader/files/yaml_cursor.h"
#include "loader/files/yaml_scalars.h"

namespace keraunos::files {
namespace {

constexpr int kInFlow = -2;  // replaces the indentation inside a flow collection, where line ends have no meaning

struct Extent {
  int64_t values = 1;
  int depth = 1;
};

Extent extent_of(const Json& json) {
  Extent whole;
  const auto add = [&](const Json& part) {
    const Extent inner = extent_of(part);
    whole.values += inner.values;
    whole.depth = std::max(whole.depth, inner.depth + 1);
  };
  if (json.is_array()) {
    for (const Json& item : json.items()) add(item);
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.members()) add(value);
  }
  return whole;
}

class YamlReader {
 public:
  YamlReader(std::string_view text, std::string_view what, MemoryBudget& budget)
      : cursor_(text, what), what_(what), budget_(budget) {}

  Json document() {
    cursor_.skip_space();
    if (cursor_.starts_with("---")) cursor_.advance(3), cursor_.skip_space();
    if (cursor_.at_end()) cursor_.fail("there is nothing");
    Json value = node(-1, false);
    cursor_.skip_space();
    if (cursor_.starts_with("...")) cursor_.advance(3), cursor_.skip_space();
    if (!cursor_.at_end()) cursor_.fail("this does not belong to what stands before it");
    return value;
  }

 private:
  // The limits count a value again for each alias of it.
  void count(int64_t values, size_t bytes) {
    values_ += values;
    if (values_ > Json::kMaxValues) cursor_.fail("there are more than " + std::to_string(Json::kMaxValues) + " values");
    budget_.take(static_cast<uint64_t>(values) * sizeof(Json) + bytes, what_ + ", as a tree of values,");
  }

  void check_depth(int depth) const {
    if (depth > Json::kMaxDepth) cursor_.fail("lists and mappings are nested deeper than " + std::to_string(Json::kMaxDepth));
  }

  struct Deeper {
    explicit Deeper(YamlReader& of) : reader(of) { reader.check_depth(++reader.depth_); }
    ~Deeper() { --reader.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    YamlReader& reader;
  };

  // Reads the value at the cursor, which is indented more than `indent`. A mapping cannot begin on the line of its key.
  Json node(int indent, bool after_key) {
    const Deeper deeper(*this);
    std::string anchor;
    bool is_text = false;
    while (cursor_.peek() == '&' || cursor_.peek() == '!') {
      if (cursor_.peek() == '&') {
        cursor_.advance();
        anchor = cursor_.word();
      } else {
        is_text = tag();
      }
      if (cursor_.rest_of_line()) continue;
      if (indent == kInFlow || is_deeper(indent, after_key)) {
        cursor_.skip_space();
        after_key = false;
      }
    }
    Json value = cursor_.peek() == '*' ? alias() : content(indent, after_key, is_text);
    if (!anchor.empty()) {
      count(extent_of(value).values, 0);
      anchors_.insert_or_assign(anchor, value);
    }
    return value;
  }

  // Skips the tags of Python's tuples, lists and texts, which JSON does not need. True for the tag of a text.
  bool tag() {
    const std::string name = cursor_.word();
    const bool is_text = name == "!!python/unicode" || name == "!!python/str" || name == "!!str";
    if (!is_text && name != "!!python/tuple" && name != "!!python/list" && name != "!!seq" && name != "!!map")
      cursor_.fail("the tag " + name.substr(0, 60) + " is not supported");
    return is_text;
  }

  Json alias() {
    cursor_.advance();
    const std::string name = cursor_.word();
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) cursor_.fail("nothing before is called \"" + name.substr(0, 60) + '"');
    const Extent extent = extent_of(found->second);
    check_depth(depth_ + extent.depth);
    count(extent.values, 0);
    return found->second;
  }

  // A list that is the value of a key may begin in the column of the key.
  bool is_deeper(int indent, bool after_key) const {
    YamlCursor look = cursor_;
    look.skip_space();
    return !look.at_end() && (look.column() > indent || (after_key && look.column() == indent && look.is_indicator('-')));
  }

  Json content(int indent, bool after_key, bool is_text) {
    if (cursor_.peek() == '[' || cursor_.peek() == '{') return flow();
    if (indent != kInFlow) {
      if (cursor_.is_indicator('-')) return sequence(cursor_.column());
      if (!after_key && cursor_.has_key()) return mapping(cursor_.column());
    }
    if (cursor_.is_indicator('?') || cursor_.peek() == '|' || cursor_.peek() == '>' || cursor_.peek() == '%' ||
        cursor_.peek() == '@' || cursor_.peek() == '`')
      cursor_.fail(std::string("what begins with ") + cursor_.peek() + " is not supported");
    return scalar(indent, is_text);
  }

  Json scalar(int indent, bool is_text) {
    const bool quoted = cursor_.peek() == '"' || cursor_.peek() == '\'';
    const std::string text = quoted ? cursor_.quoted() : cursor_.plain(indent == kInFlow, indent);
    count(1, text.size());
    return quoted || is_text ? Json(text) : yaml_scalar(text);
  }

  std::string key(bool in_flow) {
    const bool quoted = cursor_.peek() == '"' || cursor_.peek() == '\'';
    std::string text = quoted ? cursor_.quoted() : cursor_.plain(in_flow, 1 << 30);
    if (cursor_.peek() != ':') cursor_.fail("a key needs a colon after it");
    cursor_.advance();
    count(0, text.size());
    return text;
  }

  Json mapping(int column) {
    count(1, 0);
    Json object = Json::object();
    do {
      std::string name = key(false);
      object.set(std::move(name), value_of_key(column));
      cursor_.skip_space();
    } while (!cursor_.at_end() && cursor_.column() == column && !cursor_.is_indicator('-') && cursor_.has_key());
    return object;
  }

  Json value_of_key(int column) {
    if (cursor_.rest_of_line()) return node(column, true);
    cursor_.skip_space();
    if (!cursor_.at_end() && cursor_.column() > column) return node(column, false);
    if (!cursor_.at_end() && cursor_.column() == column && cursor_.is_indicator('-')) return node(column, false);
    count(1, 0);
    return nullptr;
  }

  Json sequence(int column) {
    count(1, 0);
    Json list = Json::array();
    do {
      cursor_.advance();
      const bool on_this_line = cursor_.rest_of_line();
      if (!on_this_line) cursor_.skip_space();
      if (on_this_line || (!cursor_.at_end() && cursor_.column() > column)) {
        list.push_back(node(column, false));
      } else {
        count(1, 0);
        list.push_back(nullptr);
      }
      cursor_.skip_space();
    } while (!cursor_.at_end() && cursor_.column() == column && cursor_.is_indicator('-'));
    return list;
  }

  // [a, b] or {a: b}, over any number of lines.
  Json flow() {
    count(1, 0);
    const bool is_list = cursor_.peek() == '[';
    const char end = is_list ? ']' : '}';
    Json result = is_list ? Json::array() : Json::object();
    cursor_.advance();
    cursor_.skip_space();
    while (cursor_.peek() != end) {
      if (cursor_.at_end()) cursor_.fail(std::string("a collection has no ") + end);
      if (is_list) {
        result.push_back(node(kInFlow, false));
      } else {
        std::string name = key(true);
        cursor_.skip_space();
        result.set(std::move(name), node(kInFlow, false));
      }
      cursor_.skip_space();
      if (cursor_.peek() == ',')
        cursor_.advance(), cursor_.skip_space();
      else if (cursor_.peek() != end && !cursor_.at_end())
        cursor_.fail(std::string("expected , or ") + end);
    }
    cursor_.advance();
    return result;
  }

  YamlCursor cursor_;
  std::string what_;
  MemoryBudget& budget_;
  std::map<std::string, Json> anchors_;
  int64_t values_ = 0;
  int depth_ = 0;
};

}  // namespace

Json parse_yaml(std::string_view text, std::string_view what, MemoryBudget& budget) {
  const Debit debit(budget, 4 * text.size(), std::string(what) + ", as characters,");
  if (!from_utf8(text)) throw ModelError(std::string(what) + " is no UTF-8");
  return YamlReader(text, what, budget).document();
}

}  // namespace keraunos::files
