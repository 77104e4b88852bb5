// A place in a text of YAML, and the texts that stand there.
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
  /// From the start of the line.
  int column() const;
  bool starts_with(std::string_view part) const { return text_.substr(at_).starts_with(part); }
  /// This character and then a space or the end of the line.
  bool is_indicator(char c) const { return peek() == c && ends_word(peek(1)); }
  static bool ends_word(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\0' || c == '\t'; }

  /// Spaces; then whether the line goes on with something.
  bool rest_of_line();
  /// To the next thing that is no space, end of a line or comment.
  void skip_space();

  /// 'text' or "text", also over several lines.
  std::string quoted();
  /// Up to what ends it: in a flow collection also , ] and }. Lines that go on are deeper than `indent`.
  std::string plain(bool in_flow, int indent);
  /// A word of an anchor, an alias or a tag.
  std::string word();
  /// The line has a key here: a text, then a colon that ends a word.
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
