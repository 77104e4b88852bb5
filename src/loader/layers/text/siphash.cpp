// SipHash-2-4: two rounds for each word of input, four at the end; the last word contains the length.
#include <bit>
#include <cstring>

#include "loader/layers/text/hash.h"

namespace keraunos::loader::text {
namespace {

struct Sip {
  uint64_t a, b, c, d;

  void rounds(int count) noexcept {
    for (int i = 0; i < count; ++i) {
      a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
      c += d, d = std::rotl(d, 16) ^ c;
      a += d, d = std::rotl(d, 21) ^ a;
      c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
    }
  }
  void absorb(uint64_t word) noexcept {
    d ^= word;
    rounds(2);
    a ^= word;
  }
};

}  // namespace

uint64_t siphash24(std::string_view bytes, std::array<uint64_t, 2> key) noexcept {
  Sip sip{key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull, key[0] ^ 0x6c7967656e657261ull,
          key[1] ^ 0x7465646279746573ull};
  const size_t whole = bytes.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    sip.absorb(word);
  }
  uint64_t last = uint64_t{bytes.size()} << 56;
  for (size_t i = whole; i < bytes.size(); ++i) last |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * (i - whole));
  sip.absorb(last);
  sip.c ^= 0xff;
  sip.rounds(4);
  return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

}  // namespace keraunos::loader::text
