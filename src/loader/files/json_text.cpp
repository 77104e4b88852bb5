// Writes Json as text. A double keeps a point or an exponent, as in Python, so that it is read back as a double.
#include <array>
#include <charconv>
#include <cmath>

#include "loader/files/json.h"

namespace keraunos {
namespace files {
namespace {

std::string text_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string escape(unsigned char control) {
  switch (control) {
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\r': return "\\r";
    case '\b': return "\\b";
    case '\f': return "\\f";
    default: break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  return std::string("\\u00") + kDigits[control >> 4] + kDigits[control & 15u];
}

void append_string(std::string& text, std::string_view value) {
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      text += escape(static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  text += '"';
}

class Writer {
 public:
  explicit Writer(bool pretty) : pretty_(pretty) {}

  void append(const Json& value) {
    switch (value.kind()) {
      case Json::Kind::null: text_ += "null"; return;
      case Json::Kind::boolean: text_ += value.as_bool() ? "true" : "false"; return;
      case Json::Kind::integer: text_ += std::to_string(value.as_int()); return;
      case Json::Kind::real: text_ += text_of(value.as_double()); return;
      case Json::Kind::string: append_string(text_, value.as_string()); return;
      case Json::Kind::array: append_all('[', value.items(), ']'); return;
      case Json::Kind::object: append_all('{', value.members(), '}'); return;
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void append(const Json::Member& member) {
    append_string(text_, member.first);
    text_ += pretty_ ? ": " : ":";
    append(member.second);
  }

  template <class T>
  void append_all(char open, std::span<const T> values, char close) {
    text_ += open;
    ++depth_;
    for (const T& value : values) {
      if (&value != values.data()) text_ += ',';
      new_line();
      append(value);
    }
    --depth_;
    if (!values.empty()) new_line();
    text_ += close;
  }

  void new_line() {
    if (!pretty_) return;
    text_ += '\n';
    text_.append(2 * depth_, ' ');
  }

  bool pretty_;
  size_t depth_ = 0;
  std::string text_;
};

std::string text_of(const Json& value, bool pretty) {
  Writer writer(pretty);
  writer.append(value);
  return writer.take();
}

}  // namespace
}  // namespace files

std::string Json::dump() const { return files::text_of(*this, false); }
std::string Json::pretty() const { return files::text_of(*this, true); }

}  // namespace keraunos
