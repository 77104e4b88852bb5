// Sort keys: unsigned integers with the order of the elements, for the CPU and the GPU.
#pragma once

#include "kernels/math/integers.h"

namespace keraunos::math {

/// −0 has the key of 0. NaN has no key: entry_of() sorts it after all numbers.
KERAUNOS_HD constexpr uint32_t order_key(float x) {
  const uint32_t bits = bits_of(x);
  return x == 0 ? 0x80000000u : bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
}
KERAUNOS_HD constexpr uint64_t order_key(double x) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  const auto bits = __builtin_bit_cast(uint64_t, x);
  return x == 0 ? kSign : bits >> 63 != 0 ? ~bits : bits | kSign;
}
KERAUNOS_HD constexpr uint32_t order_key(int32_t x) { return static_cast<uint32_t>(x) ^ 0x80000000u; }
KERAUNOS_HD constexpr uint32_t order_key(uint32_t x) { return x; }
KERAUNOS_HD constexpr uint64_t order_key(int64_t x) { return static_cast<uint64_t>(x) ^ (uint64_t{1} << 63); }
KERAUNOS_HD constexpr uint64_t order_key(uint64_t x) { return x; }
KERAUNOS_HD constexpr uint32_t order_key(int8_t x) { return order_key(static_cast<int32_t>(x)); }
KERAUNOS_HD constexpr uint32_t order_key(int16_t x) { return order_key(static_cast<int32_t>(x)); }
KERAUNOS_HD constexpr uint32_t order_key(uint8_t x) { return x; }
KERAUNOS_HD constexpr uint32_t order_key(uint16_t x) { return x; }

/// An element of a row to sort: its key, then its index, so that all entries of a row differ and every sorting method keeps equal
/// elements in their order.
template <class Key>
struct Entry {
  uint64_t key, where;
  KERAUNOS_HD static Entry of(Key key, uint32_t place) { return {key, place}; }
  KERAUNOS_HD uint32_t place() const { return static_cast<uint32_t>(where); }
  KERAUNOS_HD friend bool operator<(Entry a, Entry b) { return a.key != b.key ? a.key < b.key : a.where < b.where; }
};
template <>
struct Entry<uint32_t> {
  uint64_t both;
  KERAUNOS_HD static Entry of(uint32_t key, uint32_t place) { return {uint64_t{key} << 32 | place}; }
  KERAUNOS_HD uint32_t place() const { return static_cast<uint32_t>(both); }
  KERAUNOS_HD friend bool operator<(Entry a, Entry b) { return a.both < b.both; }
};

/// The entry of x, which has the type of computation.
template <class T>
KERAUNOS_HD auto entry_of(T x, uint32_t place, bool descending) {
  const auto key = order_key(x);
  const auto behind = static_cast<decltype(order_key(x))>(~(key ^ key));
  const auto from_the_end = static_cast<decltype(order_key(x))>(~key);
  return Entry<decltype(order_key(x))>::of(x != x ? behind : descending ? from_the_end : key, place);
}

template <class T>
using EntryOf = decltype(entry_of(T{}, 0, false));

}  // namespace keraunos::math
