// A 64-bit structural hash.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace keraunos::host {

/// Mixes words of eight bytes by multiplication. Small weights are hashed whenever a new shape is planned; byte by byte that took
/// a seventh of the planning time.
class Hash {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T> Hash& mix(const T& value) noexcept {
    const auto* bytes = reinterpret_cast<const char*>(&value);
    for (size_t i = 0; i < sizeof(T); i += 8) step(word(bytes + i, std::min<size_t>(8, sizeof(T) - i)));
    return *this;
  }
  Hash& text(std::string_view characters) noexcept {
    const size_t whole = characters.size() / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) step(word(characters.data() + i, 8));
    if (whole < characters.size()) step(word(characters.data() + whole, characters.size() - whole));
    return mix(characters.size());
  }
  template <class Range>
  Hash& range(const Range& values) noexcept {
    for (const auto& value : values) mix(value);
    return mix(values.size());
  }
  uint64_t value() const noexcept { return (state_ ^ (state_ >> 29)) * 0xbf58476d1ce4e5b9ull; }

 private:
  static uint64_t word(const char* bytes, size_t count) noexcept {
    uint64_t result = 0;
    std::memcpy(&result, bytes, count);
    return result;
  }
  // A product spreads bits upwards, so the shift mixes the upper half into the lower one.
  void step(uint64_t word) noexcept {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15ull;
    state_ ^= state_ >> 32;
  }
  uint64_t state_ = 0xcbf29ce484222325ull;
};

}  // namespace keraunos::host
