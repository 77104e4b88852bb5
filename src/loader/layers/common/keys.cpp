#include "loader/layers/common/keys.h"

namespace keraunos::loader {

std::set<std::string> keys_for(std::initializer_list<std::string_view> weights, std::initializer_list<std::string_view> own) {
  std::set<std::string> keys{"activity_regularizer"};
  for (std::string_view weight : weights) {
    for (const char* suffix : {"_initializer", "_regularizer", "_constraint"}) keys.insert(std::string(weight) + suffix);
  }
  for (std::string_view key : own) keys.emplace(key);
  return keys;
}

std::set<std::string> joined(std::set<std::string> keys, const std::set<std::string>& more) {
  keys.insert(more.begin(), more.end());
  return keys;
}

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

// A word starts at an upper-case letter that follows a lower-case one or precedes one: "Conv2DTranspose" is conv2d_transpose.
std::string snake_case(std::string_view class_name) {
  std::string path;
  for (size_t i = 0; i < class_name.size(); ++i) {
    const char c = class_name[i];
    if (is_upper(c) && i > 0) {
      const bool starts_word = i + 1 < class_name.size() && is_lower(class_name[i + 1]);
      if (starts_word || is_lower(class_name[i - 1])) path += '_';
    }
    path += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return path;
}

}  // namespace keraunos::loader
