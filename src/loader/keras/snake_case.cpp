#include "loader/keras/snake_case.h"

namespace keraunos::loader {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) { return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

// An underscore is inserted before each capital that is followed by lower-case letters, and between a lower-case letter and a
// capital, but not at the start.
std::string snake_case(std::string_view class_name) {
  std::string word;
  for (char c : class_name) {
    if (is_word(c)) word += c;
  }
  std::string result;
  for (size_t i = 0; i < word.size(); ++i) {
    const bool starts_run = is_upper(word[i]) && i + 1 < word.size() && is_lower(word[i + 1]);
    const bool rises = i > 0 && is_upper(word[i]) && is_lower(word[i - 1]);
    if (i > 0 && (starts_run || rises)) result += '_';
    result += is_upper(word[i]) ? static_cast<char>(word[i] - 'A' + 'a') : word[i];
  }
  return result;
}

}  // namespace keraunos::loader
