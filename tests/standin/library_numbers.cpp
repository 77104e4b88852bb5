#include "standin/library_numbers.h"

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <type_traits>

#include "keraunos/dtype.h"

namespace standin {
namespace {

using keraunos::bfloat16;
using keraunos::float16;

template <class T>
struct Tag {
  using type = T;
};

/// Calls `body` with the C++ type of a Number.
template <class F>
void visit(Number type, F body) {
  switch (type) {
    case Number::float32: return body(Tag<float>{});
    case Number::float64: return body(Tag<double>{});
    case Number::float16: return body(Tag<float16>{});
    case Number::bfloat16: return body(Tag<bfloat16>{});
    case Number::int8: return body(Tag<int8_t>{});
    case Number::int32: return body(Tag<int32_t>{});
  }
}

template <class T, class C>
C to_computed(T value) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<C>(value);
  else
    return static_cast<C>(static_cast<float>(value));
}

template <class T, class C>
T to_stored(C value) {
  if constexpr (std::is_integral_v<T>) {
    const double rounded = std::nearbyint(static_cast<double>(value));
    if (!(rounded > static_cast<double>(std::numeric_limits<T>::min()))) return std::numeric_limits<T>::min();
    return rounded >= static_cast<double>(std::numeric_limits<T>::max()) ? std::numeric_limits<T>::max()
                                                                         : static_cast<T>(rounded);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<T>(value);
  } else {
    return T(static_cast<float>(value));
  }
}

template <class C>
void load_any(Number type, const void* base, int64_t first, int64_t stride, int64_t count, C* into) {
  visit(type, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = static_cast<const T*>(base) + first;
    if (stride == 1) {
      for (int64_t i = 0; i < count; ++i) into[i] = to_computed<T, C>(from[i]);
    } else {
      for (int64_t i = 0; i < count; ++i) into[i] = to_computed<T, C>(from[i * stride]);
    }
  });
}

template <class C>
void store_any(Number type, void* base, int64_t first, int64_t stride, int64_t count, const C* from) {
  visit(type, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = static_cast<T*>(base) + first;
    for (int64_t i = 0; i < count; ++i) to[i * stride] = to_stored<T, C>(from[i]);
  });
}

}  // namespace

int64_t bytes_of(Number type) {
  int64_t bytes = 0;
  visit(type, [&](auto tag) { bytes = sizeof(typename decltype(tag)::type); });
  return bytes;
}

void load(Number type, const void* base, int64_t first, int64_t stride, int64_t count, float* into) {
  load_any(type, base, first, stride, count, into);
}
void load(Number type, const void* base, int64_t first, int64_t stride, int64_t count, double* into) {
  load_any(type, base, first, stride, count, into);
}
void store(Number type, void* base, int64_t first, int64_t stride, int64_t count, const float* from) {
  store_any(type, base, first, stride, count, from);
}
void store(Number type, void* base, int64_t first, int64_t stride, int64_t count, const double* from) {
  store_any(type, base, first, stride, count, from);
}

void round_to_tf32(float* values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const auto word = std::bit_cast<uint32_t>(values[i]);
    const bool finite = (word & 0x7f800000u) != 0x7f800000u;
    values[i] = std::bit_cast<float>(finite ? (word + 0x1000u) & ~0x1fffu : word);
  }
}

void spoil(Number type, void* base, int64_t first, int64_t stride, int64_t count) {
  visit(type, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = static_cast<T*>(base) + first;
    T bad{};
    if constexpr (std::is_integral_v<T>)
      bad = std::numeric_limits<T>::min();
    else
      bad = T(std::numeric_limits<float>::quiet_NaN());
    for (int64_t i = 0; i < count; ++i) to[i * stride] = bad;
  });
}

bool overlap(const void* a, int64_t a_bytes, const void* b, int64_t b_bytes) {
  const auto from_a = std::bit_cast<uintptr_t>(a), from_b = std::bit_cast<uintptr_t>(b);
  return from_a < from_b + static_cast<uintptr_t>(b_bytes) && from_b < from_a + static_cast<uintptr_t>(a_bytes);
}

}  // namespace standin
