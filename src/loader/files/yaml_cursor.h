// A position in a YAML text, and the functions that read a scalar there.
#pragma once

#include <string>
#include <string_view>

namespace keraunos::files {

class YamlCursor {
 public:
  YamlCursor(std::string_view text, std::string_view what) : text_(text), what_(what) {}

  bool at_end() const { return at_ >= text_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void advance(size_t count = 1) { at_ += count; }
  /// The column, counted from the start of the line.
  int column() const;
  bool starts_with(std::string_view part) const { return text_.substr(at_).starts_with(part); }
  /// True where this character follows, and then a space or the end of the line.
  bool is_indicator(char c) const { return peek() == c && ends_word(peek(1)); }
  static bool ends_word(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\0' || c == '\t'; }

  /// Skips spaces. True where the line then has more text.
  bool rest_of_line();
  /// Skips spaces, line ends and comments.
  void skip_space();

  /// Reads 'text' or "text", which may span several lines.
  std::string quoted();
  /// Reads a plain text up to its end; in a flow collection , ] and } end it too. Continuation lines are indented more than
  /// `indent`.
  std::string plain(bool in_flow, int indent);
  /// Reads the word of an anchor, an alias or a tag.
  std::string word();
  /// True where a key follows: a text, then a colon and a space or the end of the line.
  bool has_key() const;

  [[noreturn]] void fail(const std::string& problem) const;

 private:
  std::string single_quoted();
  std::string double_quoted();
  void fold(std::string& into);
  void escape(std::string& into);
  bool goes_on(int indent) const;
  bool ends_plain(bool in_flow) const;

  std::string_view text_, what_;
  size_t at_ = 0;
};

}  // namespace keraunos::files
