#include "loader/files/unicode.h"

#include <array>

namespace keraunos::files {
namespace {

bool is_scalar(uint32_t code_point) { return code_point < 0xd800 || (code_point > 0xdfff && code_point <= 0x10ffff); }

/// The length of the sequence that begins with this byte; 0 where none does.
size_t sequence_bytes(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

}  // namespace

bool append_utf8(std::string& text, uint32_t code_point) {
  if (!is_scalar(code_point)) return false;
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80u | ((code_point >> shift) & 0x3fu)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xc0u | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xe0u | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0u | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
  return true;
}

std::optional<std::u32string> from_utf8(std::string_view text) {
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  std::u32string result;
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const size_t bytes = sequence_bytes(first);
    if (bytes == 0 || bytes > text.size() - at) return std::nullopt;
    uint32_t code_point = bytes == 1 ? first : first & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xc0u) != 0x80u) return std::nullopt;
      code_point = (code_point << 6) | (next & 0x3fu);
    }
    if (code_point < kSmallest[bytes] || !is_scalar(code_point)) return std::nullopt;
    result += static_cast<char32_t>(code_point);
    at += bytes;
  }
  return result;
}

}  // namespace keraunos::files
