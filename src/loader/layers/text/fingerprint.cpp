// FarmHash Fingerprint64 (the "na" variant). Strings are hashed by one of four methods depending on their length: up to 16, 32
// and 64 bytes by a few multiplications of overlapping words from both ends; longer ones by a loop over blocks of 64 bytes with
// 56 bytes of state.
#include <bit>
#include <cstring>
#include <utility>

#include "loader/layers/text/hash.h"

namespace keraunos::loader::text {
namespace {

constexpr uint64_t kA = 0xc3a5c85c97cb3127ull, kB = 0xb492b66fbe98f273ull, kC = 0x9ae16a3b2f90404full;

uint64_t word(const char* p) noexcept {
  uint64_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
uint32_t half_word(const char* p) noexcept {
  uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}
uint64_t rotated(uint64_t v, int by) noexcept { return std::rotr(v, by); }
uint64_t folded(uint64_t v) noexcept { return v ^ (v >> 47); }

uint64_t joined(uint64_t u, uint64_t v, uint64_t multiplier) noexcept {
  const uint64_t a = folded((u ^ v) * multiplier);
  return folded((v ^ a) * multiplier) * multiplier;
}

uint64_t up_to_16(const char* s, size_t n) noexcept {
  const uint64_t multiplier = kC + n * 2;
  if (n >= 8) {
    const uint64_t a = word(s) + kC, b = word(s + n - 8);
    return joined(rotated(b, 37) * multiplier + a, (rotated(a, 25) + b) * multiplier, multiplier);
  }
  if (n >= 4) return joined(n + (uint64_t{half_word(s)} << 3), half_word(s + n - 4), multiplier);
  if (n == 0) return kC;
  const auto byte = [&](size_t i) { return uint32_t{static_cast<unsigned char>(s[i])}; };
  const uint32_t y = byte(0) + (byte(n >> 1) << 8), z = static_cast<uint32_t>(n) + (byte(n - 1) << 2);
  return folded(y * kC ^ z * 0xc3a5c85c97cb3127ull) * kC;
}

uint64_t up_to_32(const char* s, size_t n) noexcept {
  const uint64_t multiplier = kC + n * 2;
  const uint64_t a = word(s) * kB, b = word(s + 8), c = word(s + n - 8) * multiplier, d = word(s + n - 16) * kC;
  return joined(rotated(a + b, 43) + rotated(c, 30) + d, a + rotated(b + kC, 18) + c, multiplier);
}

uint64_t up_to_64(const char* s, size_t n) noexcept {
  const uint64_t multiplier = kC + n * 2;
  const uint64_t a = word(s) * kC, b = word(s + 8), c = word(s + n - 8) * multiplier, d = word(s + n - 16) * kC;
  const uint64_t y = rotated(a + b, 43) + rotated(c, 30) + d;
  const uint64_t z = joined(y, a + rotated(b + kC, 18) + c, multiplier);
  const uint64_t e = word(s + 16) * multiplier, f = word(s + 24);
  const uint64_t g = (y + word(s + n - 32)) * multiplier, h = (z + word(s + n - 24)) * multiplier;
  return joined(rotated(e + f, 43) + rotated(g, 30) + h, e + rotated(f + a, 18) + g, multiplier);
}

using Pair = std::pair<uint64_t, uint64_t>;

// Mixes 32 bytes into two words.
Pair mixed_32(const char* s, uint64_t a, uint64_t b) noexcept {
  const uint64_t w = word(s), x = word(s + 8), y = word(s + 16), z = word(s + 24);
  a += w;
  b = rotated(b + a + z, 21);
  const uint64_t c = a;
  a += x + y;
  b += rotated(a, 44);
  return {a + z, b + c};
}

struct State {
  uint64_t x, y, z;
  Pair v{0, 0}, w{0, 0};

  void block(const char* s) noexcept {
    x = rotated(x + y + v.first + word(s + 8), 37) * kB;
    y = rotated(y + v.second + word(s + 48), 42) * kB;
    x ^= w.second;
    y += v.first + word(s + 40);
    z = rotated(z + w.first, 33) * kB;
    v = mixed_32(s, v.second * kB, x + w.first);
    w = mixed_32(s + 32, z + w.second, y + word(s + 16));
    std::swap(z, x);
  }
  // The last 64 bytes, which may overlap the previous block, with another multiplier.
  uint64_t last(const char* s, size_t rest) noexcept {
    const uint64_t multiplier = kB + ((z & 0xff) << 1);
    w.first += rest;
    v.first += w.first;
    w.first += v.first;
    x = rotated(x + y + v.first + word(s + 8), 37) * multiplier;
    y = rotated(y + v.second + word(s + 48), 42) * multiplier;
    x ^= w.second * 9;
    y += v.first * 9 + word(s + 40);
    z = rotated(z + w.first, 33) * multiplier;
    v = mixed_32(s, v.second * multiplier, x + w.first);
    w = mixed_32(s + 32, z + w.second, y + word(s + 16));
    std::swap(z, x);
    return joined(joined(v.first, w.first, multiplier) + folded(y) * kA + z, joined(v.second, w.second, multiplier) + x,
                  multiplier);
  }
};

}  // namespace

uint64_t fingerprint64(std::string_view bytes) noexcept {
  const char* s = bytes.data();
  const size_t n = bytes.size();
  if (n <= 16) return up_to_16(s, n);
  if (n <= 32) return up_to_32(s, n);
  if (n <= 64) return up_to_64(s, n);
  constexpr uint64_t kSeed = 81;
  State state{.x = kSeed, .y = kSeed * kB + 113, .z = 0};
  state.z = folded(state.y * kC + 113) * kC;
  state.x = state.x * kC + word(s);
  const size_t blocks = (n - 1) / 64;
  for (size_t i = 0; i < blocks; ++i) state.block(s + i * 64);
  return state.last(s + n - 64, (n - 1) & 63);
}

uint64_t joined_fingerprint(uint64_t first, uint64_t second) noexcept {
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995ull;
  const auto folded = [](uint64_t v) { return v ^ (v >> 47); };
  const uint64_t both = ((first ^ kMultiplier) ^ (folded(second * kMultiplier) * kMultiplier)) * kMultiplier;
  return folded(folded(both) * kMultiplier);
}

}  // namespace keraunos::loader::text
