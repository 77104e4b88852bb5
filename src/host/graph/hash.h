// A 64-bit structural hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace keraunos::host {

/// FNV-1a over bytes, with a final avalanche per value so that short fields spread.
class Hash {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T> Hash& mix(const T& value) noexcept {
    const auto* bytes = reinterpret_cast<const unsigned char*>(&value);
    for (size_t i = 0; i < sizeof(T); ++i) step(bytes[i]);
    return *this;
  }
  Hash& text(std::string_view characters) noexcept {
    for (char c : characters) step(static_cast<unsigned char>(c));
    return mix(characters.size());
  }
  template <class Range>
  Hash& range(const Range& values) noexcept {
    for (const auto& value : values) mix(value);
    return mix(values.size());
  }
  uint64_t value() const noexcept { return (state_ ^ (state_ >> 29)) * 0xbf58476d1ce4e5b9ull; }

 private:
  void step(unsigned char byte) noexcept { state_ = (state_ ^ byte) * 0x100000001b3ull; }
  uint64_t state_ = 0xcbf29ce484222325ull;
};

}  // namespace keraunos::host
