#include "loader/files/base64.h"

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

}  // namespace keraunos::files
