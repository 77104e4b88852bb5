// Parsing. nlohmann_json reports every value to a handler (its SAX interface) and builds no tree of its own.
//
// Python writes NaN, Infinity and -Infinity, which are not valid JSON. The parser reads through an iterator that replaces such a
// word by 0, padded with spaces to keep positions, and stores its value; the handler uses the stored value for the next number.
// Words are replaced only outside strings and where a value may begin and end: in `1NaN` the word stays and is an error.
#include "loader/files/json.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "keraunos/error.h"
#include "loader/files/budget.h"
#include "loader/files/unicode.h"

namespace keraunos {
namespace files {
namespace {

struct BareWord {
  std::string_view text;
  double value;
};
constexpr BareWord kBareWords[] = {{"NaN", std::numeric_limits<double>::quiet_NaN()},
                                   {"Infinity", std::numeric_limits<double>::infinity()},
                                   {"-Infinity", -std::numeric_limits<double>::infinity()}};

bool is_delimiter(char c) { return std::string_view(" \t\r\n,:[]{}").find(c) != std::string_view::npos; }

/// State shared by the iterator and the handler.
class Characters {
 public:
  explicit Characters(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  char current() {
    if (padding_ == 0 && !in_string_ && at_ != entered_) enter_bare_word();
    if (padding_ == 0) return text_[at_];
    return at_ == entered_ ? '0' : ' ';
  }
  void advance() {
    if (padding_ > 0) {
      --padding_;
    } else {
      follow_strings(text_[at_]);
    }
    ++at_;
  }
  /// The value of the word that the reported number replaces.
  std::optional<double> take_note() { return std::exchange(note_, std::nullopt); }

 private:
  void follow_strings(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (in_string_ && c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = !in_string_;
    }
  }

  void enter_bare_word() {
    if (at_ > 0 && !is_delimiter(text_[at_ - 1])) return;
    for (const auto& [word, value] : kBareWords) {
      const size_t end = at_ + word.size();
      if (!text_.substr(at_).starts_with(word) || (end < text_.size() && !is_delimiter(text_[end]))) continue;
      entered_ = at_;
      padding_ = word.size();
      note_ = value;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t entered_ = std::string_view::npos;  // start of the latest word
  size_t padding_ = 0;                       // number of its characters still to be replaced
  bool in_string_ = false, escaped_ = false;
  std::optional<double> note_;
};

class Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  Iterator() = default;
  explicit Iterator(Characters& characters) : characters_(&characters) {}
  char operator*() const { return characters_->current(); }
  Iterator& operator++() {
    characters_->advance();
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.done() == b.done(); }

 private:
  bool done() const { return characters_ == nullptr || characters_->done(); }
  Characters* characters_ = nullptr;
};

/// Builds the value from the parser's events, with a stack of open arrays and objects.
class Builder {
 public:
  Builder(Characters& characters, std::string_view text, std::string_view what, MemoryBudget* budget)
      : characters_(characters), text_(text), what_(what), budget_(budget) {}

  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(int64_t value) {
    const auto note = characters_.take_note();
    return add(note ? Json(*note) : Json(value));
  }
  bool number_unsigned(uint64_t value) {
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return number_integer(static_cast<int64_t>(value));
    return add(static_cast<double>(value));
  }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(std::vector<uint8_t>&) { return false; }  // cannot occur in JSON
  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool key(std::string& name) {
    debit(name.size());
    open_.back().key = std::move(name);
    return true;
  }
  bool end_array() { return close(); }
  bool end_object() {
    open_.back().value = Json::object(std::move(open_.back().members));
    return close();
  }

  template <class Exception>
  bool parse_error(size_t position, const std::string&, const Exception&) {
    fail(position == 0 ? 0 : position - 1);
  }

  /// For the parser a NUL ends the text; Python reports an error.
  Json take() {
    const size_t nul = text_.find('\0');
    if (nul != std::string_view::npos) fail(nul);
    pay();
    return std::move(root_);
  }

 private:
  struct Open {
    Json value;
    std::string key;
    std::vector<Json::Member> members;
  };

  bool open(Json value) {
    if (open_.size() == Json::kMaxDepth) {
      throw ModelError(std::string(what_) + " nests lists and objects deeper than " + std::to_string(Json::kMaxDepth) +
                       " levels");
    }
    debit(0);
    open_.push_back({.value = std::move(value), .key = {}, .members = {}});
    return true;
  }

  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  bool add(Json value) {
    if (!value.is_array() && !value.is_object()) debit(value.is_string() ? value.as_string().size() : 0);
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().value.is_object()) {
      open_.back().members.emplace_back(std::move(open_.back().key), std::move(value));
    } else {
      open_.back().value.push_back(std::move(value));
    }
    return true;
  }

  // Lists grow by doubling, so a value may need twice its size. The budget is debited in large amounts, not for each value.
  void debit(uint64_t characters) {
    if (++values_ > Json::kMaxValues)
      throw ModelError(std::string(what_) + " holds more than " + std::to_string(Json::kMaxValues) + " values");
    constexpr uint64_t kPiece = 1 << 16;
    owed_ += 2 * sizeof(Json::Member) + characters;
    if (owed_ >= kPiece) pay();
  }
  void pay() {
    if (budget_ != nullptr) budget_->take(std::exchange(owed_, 0), std::string(what_) + ", as a tree of values,");
  }

  [[noreturn]] void fail(size_t position) const;

  Characters& characters_;
  std::string_view text_, what_;
  MemoryBudget* budget_;
  uint64_t owed_ = 0;
  int64_t values_ = 0;  // including keys
  std::vector<Open> open_;
  Json root_;
};

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) result += c >= ' ' && c <= '~' ? c : '?';
  return result;
}

void Builder::fail(size_t position) const {
  position = std::min(position, text_.size());
  const auto before = text_.substr(0, position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n');
  const size_t column = line_start == std::string_view::npos ? position + 1 : position - line_start;
  const std::string where = " at line " + std::to_string(line) + ", column " + std::to_string(column);
  if (position == text_.size())
    throw ModelError(std::string(what_) + " is no valid JSON: the text ends too early," + where +
                     "; it was cut short, so copy or write it again");
  if (position > 0 && static_cast<unsigned char>(text_[position - 1]) >= 0x80 && !from_utf8(text_)) {
    throw ModelError(std::string(what_) + " is no valid JSON: the text is not UTF-8" + where);
  }
  const size_t start = position > 10 ? position - 10 : 0;
  throw ModelError(std::string(what_) + " is no valid JSON: unexpected '" + printable(text_.substr(position, 1)) + "'" + where +
                   ", in '" + printable(text_.substr(start, 30)) + "'");
}

Json parsed(std::string_view text, std::string_view what, MemoryBudget* budget) {
  Characters characters(text);
  Builder builder(characters, text, what, budget);
  nlohmann::ordered_json::sax_parse(Iterator(characters), Iterator(), &builder);
  return builder.take();
}

}  // namespace
}  // namespace files

Json Json::parse(std::string_view text, std::string_view what, files::MemoryBudget* budget) {
  return files::parsed(text, what, budget);
}

}  // namespace keraunos
