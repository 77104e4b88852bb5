#include "loader/files/hdf5/checksum.h"

#include <algorithm>
#include <bit>

namespace keraunos::files::hdf5 {
namespace {

struct Mixed {
  uint32_t a, b, c;
};

void mix(Mixed& m) {
  const auto step = [](uint32_t& x, uint32_t& y, uint32_t& z, int turn) {
    x = (x - z) ^ std::rotl(z, turn);
    z += y;
  };
  step(m.a, m.b, m.c, 4);
  step(m.b, m.c, m.a, 6);
  step(m.c, m.a, m.b, 8);
  step(m.a, m.b, m.c, 16);
  step(m.b, m.c, m.a, 19);
  step(m.c, m.a, m.b, 4);
}

void finish(Mixed& m) {
  const auto step = [](uint32_t& x, uint32_t y, int turn) { x = (x ^ y) - std::rotl(y, turn); };
  step(m.c, m.b, 14);
  step(m.a, m.c, 11);
  step(m.b, m.a, 25);
  step(m.c, m.b, 16);
  step(m.a, m.c, 4);
  step(m.b, m.a, 14);
  step(m.c, m.b, 24);
}

uint32_t word(std::span<const std::byte> bytes, size_t at) {  // little-endian, zeros beyond the end
  uint32_t value = 0;
  for (size_t i = 0; i < 4 && at + i < bytes.size(); ++i) value |= std::to_integer<uint32_t>(bytes[at + i]) << (8 * i);
  return value;
}

}  // namespace

uint32_t metadata_checksum(std::span<const std::byte> bytes) {
  const uint32_t start = 0xDEADBEEF + static_cast<uint32_t>(bytes.size());
  Mixed m{start, start, start};
  if (bytes.empty()) return m.c;
  size_t at = 0;
  const auto add = [&] {
    m.a += word(bytes, at);
    m.b += word(bytes, at + 4);
    m.c += word(bytes, at + 8);
  };
  for (; bytes.size() - at > 12; at += 12) {
    add();
    mix(m);
  }
  add();
  finish(m);
  return m.c;
}

uint32_t fletcher32_of(std::span<const std::byte> bytes) {
  uint32_t first = 0, second = 0;
  const auto fold = [](uint32_t sum) { return (sum & 0xFFFF) + (sum >> 16); };
  const size_t pairs = bytes.size() / 2;
  constexpr size_t kTogether = 360;  // larger blocks could overflow 32 bits
  for (size_t done = 0; done < pairs;) {
    const size_t end = std::min(pairs, done + kTogether);
    for (; done < end; ++done) {
      first += std::to_integer<uint32_t>(bytes[2 * done]) << 8 | std::to_integer<uint32_t>(bytes[2 * done + 1]);
      second += first;
    }
    first = fold(first);
    second = fold(second);
  }
  if (bytes.size() % 2 != 0) {
    first += std::to_integer<uint32_t>(bytes.back()) << 8;
    second += first;
    first = fold(first);
    second = fold(second);
  }
  return fold(second) << 16 | fold(first);
}

}  // namespace keraunos::files::hdf5
