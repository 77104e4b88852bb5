// Reads the text of an expression from left to right.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "keraunos/error.h"
#include "loader/python/expression.h"

namespace keraunos::loader::python {

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

class TextCursor {
 public:
  TextCursor(std::string_view text, std::string_view where) : text_(text), where_(where) {}

 protected:
  [[noreturn]] void refuse(const std::string& what) const {
    throw ModelError(std::string(where_) + ": " + what + " at character " + std::to_string(at_ + 1) + " of \"" +
                     std::string(text_) + '"');
  }

  /// Counts one level of recursion.
  class Nested {
   public:
    explicit Nested(TextCursor& text) : text_(text) {
      if (++text_.depth_ > kMostNested) text_.refuse("expressions nest too deeply");
    }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    ~Nested() { --text_.depth_; }

   private:
    TextCursor& text_;
  };

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  bool peek(std::string_view wanted) {
    skip_blanks();
    return text_.substr(at_).starts_with(wanted);
  }
  bool sign(std::string_view wanted) {
    if (!peek(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  void expect(std::string_view wanted) {
    if (!sign(wanted)) refuse("expected \"" + std::string(wanted) + '"');
  }
  bool word(std::string_view wanted) {
    skip_blanks();
    const size_t end = at_ + wanted.size();
    if (!peek(wanted) || (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end])))) return false;
    at_ = end;
    return true;
  }
  std::string name() {
    skip_blanks();
    const size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || (at_ > begin && is_digit(text_[at_])))) ++at_;
    if (begin == at_) refuse("expected a name");
    return std::string(text_.substr(begin, at_ - begin));
  }

  Term number() {
    const size_t begin = at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E' ||
                                  ((text_[at_] == '+' || text_[at_] == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))))
      ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    const char* end = digits.data() + digits.size();
    int64_t whole = 0;
    const auto [after, failed] = std::from_chars(digits.data(), end, whole);
    if (failed == std::errc{} && after == end) return term(Expression::Constant{{whole}});
    double real = 0;
    const auto [rest, error] = std::from_chars(digits.data(), end, real);
    if (error != std::errc{} || rest != end) refuse("\"" + std::string(digits) + "\" is no number");
    return term(Expression::Constant{{real}});
  }
  Term text() {
    const char quote = text_[at_];
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) refuse("a text does not end");
    std::string found(text_.substr(at_ + 1, end - at_ - 1));
    if (found.find('\\') != std::string::npos) refuse("a text holds a backslash");
    at_ = end + 1;
    return term(Expression::Constant{{std::move(found)}});
  }
  std::string_view text_, where_;
  size_t at_ = 0;

 private:
  static constexpr int kMostNested = 400;
  int depth_ = 0;
};

}  // namespace keraunos::loader::python
