#include "loader/files/hdf5/cursor.h"

namespace keraunos::files::hdf5 {
namespace {

std::string printable(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    const char c = static_cast<char>(byte);
    text += c >= ' ' && c <= '~' ? c : '?';
  }
  return text;
}

}  // namespace

uint64_t Cursor::number(int bytes) {
  const auto from = take(static_cast<uint64_t>(bytes));
  uint64_t value = 0;
  for (size_t i = from.size(); i > 0; --i) value = value << 8 | std::to_integer<uint64_t>(from[i - 1]);
  return value;
}

uint64_t Cursor::address() {
  const uint64_t value = number(sizes_.address);
  return value == kNowhere >> (64 - 8 * sizes_.address) ? kNowhere : value;
}

std::span<const std::byte> Cursor::take(uint64_t count) {
  if (count > left())
    fail("a field of " + std::to_string(count) + " bytes runs over its end, " + std::to_string(left()) + " bytes are left");
  const auto result = bytes_.subspan(at_, count);
  at_ += count;
  return result;
}

std::string Cursor::text(uint64_t count) {
  const auto from = take(count);
  return {reinterpret_cast<const char*>(from.data()), from.size()};
}

std::string Cursor::terminated() {
  for (uint64_t end = at_; end < bytes_.size(); ++end) {
    if (bytes_[end] != std::byte{0}) continue;
    std::string result = text(end - at_);
    skip(1);
    return result;
  }
  fail("a text does not end inside it");
}

void Cursor::expect_signature(std::string_view signature) {
  const auto found = take(signature.size());
  const std::string_view text(reinterpret_cast<const char*>(found.data()), found.size());
  if (text != signature) fail("expected the signature '" + std::string(signature) + "', found '" + printable(found) + "'");
}

uint8_t Cursor::version(std::initializer_list<uint8_t> known) {
  const uint8_t found = u8();
  std::string names;
  for (const uint8_t candidate : known) {
    if (found == candidate) return found;
    names += (names.empty() ? "" : ", ") + std::to_string(candidate);
  }
  fail("expected version " + names + ", found " + std::to_string(found));
}

void Cursor::fail(const std::string& reason) const {
  throw Malformed("the " + std::string(what_) + " at byte " + std::to_string(position_) + ": " + reason);
}

uint64_t product(uint64_t a, uint64_t b, std::string_view what) {
  uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result) || result > uint64_t{1} << 62)
    throw Malformed("the size of " + std::string(what) + " overflows");
  return result;
}

}  // namespace keraunos::files::hdf5
