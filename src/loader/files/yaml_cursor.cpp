#include "loader/files/yaml_cursor.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/files/unicode.h"

namespace keraunos::files {

int YamlCursor::column() const {
  const size_t line = at_ == 0 ? std::string_view::npos : text_.rfind('\n', at_ - 1);
  return static_cast<int>(std::min<size_t>(line == std::string_view::npos ? at_ : at_ - line - 1, 1U << 30U));
}

void YamlCursor::fail(const std::string& problem) const {
  const auto line = std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size())), '\n') + 1;
  throw ModelError(std::string(what_) + ", line " + std::to_string(line) + ": " + problem);
}

bool YamlCursor::rest_of_line() {
  while (peek() == ' ' || peek() == '\r') advance();
  return !at_end() && peek() != '\n' && peek() != '#';
}

void YamlCursor::skip_space() {
  while (!rest_of_line() && !at_end()) {
    while (!at_end() && peek() != '\n') advance();
    advance();
  }
  if (peek() == '\t') fail("a tab in place of spaces is not supported");
}

std::string YamlCursor::word() {
  std::string result;
  while (!ends_word(peek()) && peek() != ',' && peek() != ']' && peek() != '}') result += peek(), advance();
  return result;
}

bool YamlCursor::has_key() const {
  YamlCursor look = *this;
  if (look.peek() == '"' || look.peek() == '\'') {
    const char quote = look.peek();
    for (look.advance(); look.peek() != quote || (quote == '\'' && look.peek(1) == quote); look.advance()) {
      if (look.at_end() || look.peek() == '\n') return false;
      if (look.peek() == '\\' && quote == '"') look.advance();
      if (look.peek() == quote && quote == '\'') look.advance();
    }
    look.advance();
    return look.is_indicator(':');
  }
  for (; !look.at_end() && look.peek() != '\n'; look.advance()) {
    if (look.is_indicator(':')) return true;
    if (look.peek() == ' ' && look.peek(1) == '#') return false;
  }
  return false;
}

bool YamlCursor::ends_plain(bool in_flow) const {
  if (at_end() || peek() == '\n' || is_indicator(':') || (peek() == ' ' && peek(1) == '#')) return true;
  if (!in_flow) return false;
  return peek() == ',' || peek() == ']' || peek() == '}' || (peek() == ':' && (peek(1) == ',' || peek(1) == '}'));
}

// True where the next line continues a plain text.
bool YamlCursor::goes_on(int indent) const {
  YamlCursor look = *this;
  look.skip_space();
  return !look.at_end() && look.column() > indent && (look.starts_with("...") || !look.has_key());
}

std::string YamlCursor::plain(bool in_flow, int indent) {
  std::string result;
  while (true) {
    while (!ends_plain(in_flow)) result += peek(), advance();
    while (!result.empty() && (result.back() == ' ' || result.back() == '\r')) result.pop_back();
    if (peek() != '\n') return result;
    YamlCursor next = *this;
    next.skip_space();
    const bool more = in_flow ? !next.ends_plain(true) && next.peek() != '#' : goes_on(indent);
    if (!more || next.at_end()) return result;
    *this = next;
    result += ' ';
  }
}

std::string YamlCursor::quoted() { return peek() == '"' ? double_quoted() : single_quoted(); }

// The first line end becomes a space, further ones stay line ends; spaces around them are dropped.
void YamlCursor::fold(std::string& into) {
  while (!into.empty() && into.back() == ' ') into.pop_back();
  size_t ends = 0;
  while (peek() == '\n' || peek() == ' ' || peek() == '\r') {
    ends += peek() == '\n' ? 1 : 0;
    advance();
  }
  into += ends > 1 ? std::string(ends - 1, '\n') : " ";
}

std::string YamlCursor::single_quoted() {
  std::string result;
  advance();
  while (true) {
    if (at_end()) fail("a text in quotes has no end");
    if (peek() == '\n') {
      fold(result);
    } else if (peek() == '\'') {
      advance();
      if (peek() != '\'') return result;
      result += '\'', advance();
    } else {
      result += peek(), advance();
    }
  }
}

std::string YamlCursor::double_quoted() {
  std::string result;
  advance();
  while (true) {
    if (at_end()) fail("a text in quotes has no end");
    if (peek() == '"') return advance(), result;
    if (peek() == '\\')
      escape(result);
    else if (peek() == '\n')
      fold(result);
    else
      result += peek(), advance();
  }
}

void YamlCursor::escape(std::string& into) {
  constexpr std::string_view kNames = "0abtnvfre \"/\\", kValues("\0\a\b\t\n\v\f\r\x1b \"/\\", 13);
  advance();
  const char name = peek();
  advance();
  if (name == '\n') {
    while (peek() == ' ') advance();
    return;
  }
  if (const size_t known = kNames.find(name); known != std::string_view::npos && name != '\0')
    return void(into += kValues[known]);
  const size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
  if (digits == 0) fail(std::string("the escape \\") + name + " is not supported");
  uint32_t code = 0;
  for (size_t i = 0; i < digits; ++i, advance()) {
    const size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(peek() | 32));
    if (digit == std::string_view::npos) fail("an escape needs " + std::to_string(digits) + " hexadecimal digits");
    code = code << 4U | static_cast<uint32_t>(digit);
  }
  if (!append_utf8(into, code)) fail("an escape is no character");
}

}  // namespace keraunos::files
