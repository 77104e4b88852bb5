// Reads the fields of one HDF5 structure in order. Every field is checked against the structure's end before it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "keraunos/error.h"

namespace keraunos::files::hdf5 {

/// A file violates the format, or uses a feature that is refused. The message names the structure and its offset; the catcher
/// adds the object's path and the file.
struct Malformed : ModelError {
  using ModelError::ModelError;
};

/// The widths of the file's addresses and lengths in bytes.
struct Sizes {
  int address = 8, length = 8;
};

/// An undefined address: all bits set.
constexpr uint64_t kNowhere = UINT64_MAX;

class Cursor {
 public:
  /// `position` is the offset of `bytes` in the file, `what` names the structure; both are for messages.
  Cursor(std::span<const std::byte> bytes, uint64_t position, std::string_view what, Sizes sizes)
      : bytes_(bytes), position_(position), what_(what), sizes_(sizes) {}

  /// Little-endian, of 0 to 8 bytes.
  uint64_t number(int bytes);
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }
  /// kNowhere where the address is undefined.
  uint64_t address();
  uint64_t length() { return number(sizes_.length); }
  std::span<const std::byte> take(uint64_t count);
  void skip(uint64_t count) { take(count); }
  std::string text(uint64_t count);
  /// Text up to a NUL, which is read too.
  std::string terminated();
  void expect_signature(std::string_view signature);
  /// The version, which must be one of these.
  uint8_t version(std::initializer_list<uint8_t> known);

  uint64_t left() const { return bytes_.size() - at_; }
  uint64_t done() const { return at_; }
  uint64_t position() const { return position_ + at_; }
  Sizes sizes() const { return sizes_; }
  /// Sets the sizes for the fields that follow: the superblock states them before its first address.
  void use(Sizes sizes) { sizes_ = sizes; }
  [[noreturn]] void fail(const std::string& reason) const;

 private:
  std::span<const std::byte> bytes_;
  uint64_t position_;
  std::string_view what_;
  Sizes sizes_;
  uint64_t at_ = 0;
};

/// A product of numbers from the file; Malformed when it overflows 2^62.
uint64_t product(uint64_t a, uint64_t b, std::string_view what);

}  // namespace keraunos::files::hdf5
