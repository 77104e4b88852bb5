// Writes code objects as Python's marshal does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loader/python/marshal.h"

namespace keraunos::loader::python {

inline std::string int32_of(int64_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

inline std::string none() { return "N"; }
inline std::string number(int64_t value) { return "i" + int32_of(value); }
inline std::string text(std::string_view value) {
  return "u" + int32_of(static_cast<int64_t>(value.size())) + std::string(value);
}
inline std::string bytes_object(std::string_view value) {
  return "s" + int32_of(static_cast<int64_t>(value.size())) + std::string(value);
}
inline std::string tuple(const std::vector<std::string>& objects) {
  std::string all = "(" + int32_of(static_cast<int64_t>(objects.size()));
  for (const std::string& object : objects) all += object;
  return all;
}
inline std::string tuple_of(const std::vector<std::string>& texts) {
  std::vector<std::string> objects;
  for (const std::string& value : texts) objects.push_back(text(value));
  return tuple(objects);
}

inline std::string base64(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string all;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) all += i + k <= bytes.size() ? kLetters[bits >> (18 - 6 * k) & 63] : '=';
  }
  return all;
}

class Assembled {
 public:
  struct Step {
    int opcode = 0, argument = 0, caches = 0;
  };
  struct Parts {
    int64_t arguments = 0;
    std::vector<std::string> constants{};  ///< marshalled
    std::vector<std::string> names{}, locals{};
  };

  /// `words`: instructions have two bytes each, as since Python 3.6.
  Assembled(CodeLayout layout, bool words, Parts parts, const std::vector<Step>& steps)
      : layout_(layout), parts_(std::move(parts)) {
    for (const Step& step : steps) {
      code_ += static_cast<char>(step.opcode);
      if (words || step.opcode >= 90) code_ += static_cast<char>(step.argument & 0xFF);
      if (!words && step.opcode >= 90) code_ += static_cast<char>(step.argument >> 8);
      for (int i = 0; i < step.caches; ++i) code_ += std::string(2, '\0');
    }
  }

  CodeLayout layout() const { return layout_; }

  std::string marshalled() const {
    const bool is_new = layout_ >= CodeLayout::python311;
    const auto locals = static_cast<int64_t>(parts_.locals.size());
    std::string all = "c" + int32_of(parts_.arguments);
    if (layout_ >= CodeLayout::python38) all += int32_of(0);
    if (layout_ >= CodeLayout::python30) all += int32_of(0);
    if (!is_new) all += int32_of(locals);
    all += int32_of(8) + int32_of(67) + bytes_object(code_) + tuple(parts_.constants) + tuple_of(parts_.names) +
           tuple_of(parts_.locals);
    if (is_new)
      all += bytes_object(std::string(parts_.locals.size(), '\x20'));
    else
      all += tuple({}) + tuple({});
    all += text("source.py") + text("<lambda>");
    if (is_new) all += text("<lambda>");
    all += int32_of(1) + bytes_object("");
    return is_new ? all + bytes_object("") : all;
  }

 private:
  CodeLayout layout_;
  Parts parts_;
  std::string code_;
};

}  // namespace keraunos::loader::python
