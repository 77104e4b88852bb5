#include "loader/ops/argument_text.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace keraunos::loader {
namespace {

std::string joined(const Arg::List& list) {
  std::string text;
  for (const Arg& item : list) {
    if (text.size() > 60) return text + ", …";
    text += (text.empty() ? "" : ", ") + python_text(item);
  }
  return text;
}

std::string real_text(double value) {
  std::ostringstream text;
  text.precision(15);
  text << value;
  const std::string plain = text.str();
  return plain.find_first_of(".en") == std::string::npos ? plain + ".0" : plain;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::string python_text(const Arg& argument) {
  if (argument.is_none()) return "None";
  if (const bool* flag = std::get_if<bool>(&argument.value)) return *flag ? "True" : "False";
  if (const int64_t* whole = std::get_if<int64_t>(&argument.value)) return std::to_string(*whole);
  if (const double* real = std::get_if<double>(&argument.value)) return real_text(*real);
  if (const std::string* text = std::get_if<std::string>(&argument.value)) return '\'' + text->substr(0, 60) + '\'';
  if (const Arg::List* list = argument.list()) return '[' + joined(*list) + ']';
  return argument.tensor() != nullptr ? "a tensor" : "an object";
}

bool equals_default(const Arg& argument, std::string_view python) {
  const std::string text = python_text(argument);
  if (lower_case(text) == lower_case(std::string(python))) return true;
  const auto number = [](const std::string& value) -> std::string {
    return value.ends_with(".0") ? value.substr(0, value.size() - 2) : value;
  };
  return number(text) == number(std::string(python));
}

}  // namespace keraunos::loader
