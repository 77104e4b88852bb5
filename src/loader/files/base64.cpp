#include "loader/files/base64.h"

#include <algorithm>
#include <cstdint>

namespace keraunos::files {

std::optional<std::string> from_base64(std::string_view text) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  uint32_t bits = 0;
  int held = 0;
  for (const char letter : text) {
    if (letter == '=') break;
    if (letter == '\n' || letter == '\r' || letter == ' ') continue;
    const size_t value = kLetters.find(letter == '-' ? '+' : letter == '_' ? '/' : letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    result.push_back(static_cast<char>(bits >> held & 0xFF));
  }
  return result;
}

std::string to_web_base64(std::string_view bytes, bool pads) {
  static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t k) {
      return k < bytes.size() ? static_cast<uint32_t>(static_cast<unsigned char>(bytes[k])) : 0;
    };
    const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const size_t letters = std::min<size_t>(bytes.size() - i, 3) + 1;
    for (size_t k = 0; k < letters; ++k) text.push_back(kLetters[bits >> (18 - 6 * k) & 63]);
    if (pads) text.append(4 - letters, '=');
  }
  return text;
}

}  // namespace keraunos::files
