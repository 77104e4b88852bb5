// What scattering computes with each element, for both devices.
#pragma once

#include "host/ops/scatter.h"
#include "keraunos/dtype.h"
#include "kernels/math/half.h"
#include "kernels/math/integers.h"

namespace keraunos::math {

KERAUNOS_HD int64_t as_place(int32_t index) { return index; }
KERAUNOS_HD int64_t as_place(int64_t index) { return index; }

/// The number of the part of base that `index` names; -1 where its row is left out. `fault` is called with an index outside.
template <class Index, class Fault>
KERAUNOS_HD int64_t place_of(const host::ScatterShape& shape, bool drop_negative, const Index* index, Fault&& fault) {
  if (drop_negative && shape.depth > 0 && index[0] < 0) return -1;
  int64_t place = 0;
  for (int i = 0; i < shape.depth; ++i) {
    const int64_t at = as_place(index[i]);
    if (at < 0 || at >= shape.extent[i]) {
      fault(at);
      return -1;
    }
    place = place * shape.extent[i] + at;
  }
  return place;
}

KERAUNOS_HD float number_of(float16 x) { return from_half(x.bits); }
KERAUNOS_HD float number_of(bfloat16 x) { return from_bfloat(x.bits); }
template <class T>
KERAUNOS_HD T number_of(T x) {
  return x;
}

template <class T>
struct Rounded {
  template <class C>
  static KERAUNOS_HD T from(C x) {
    return static_cast<T>(x);
  }
};
template <>
struct Rounded<float16> {
  static KERAUNOS_HD float16 from(float x) {
    float16 result;
    result.bits = to_half(x);
    return result;
  }
};
template <>
struct Rounded<bfloat16> {
  static KERAUNOS_HD bfloat16 from(float x) {
    bfloat16 result;
    result.bits = to_bfloat(x);
    return result;
  }
};

/// True for types whose sums wrap.
template <class T>
constexpr bool kWraps = static_cast<T>(0.5) == T{};
template <>
inline constexpr bool kWraps<float16> = false;
template <>
inline constexpr bool kWraps<bfloat16> = false;

template <host::Combine C, class T>
KERAUNOS_HD T combined(T stands, T row) {
  using enum host::Combine;
  const auto a = number_of(stands), b = number_of(row);
  if constexpr (C == replace)
    return row;
  else if constexpr (C == maximum)
    return a < b ? row : stands;  // as TensorFlow: a NaN that comes is passed over, one that stands stays
  else if constexpr (C == minimum)
    return b < a ? row : stands;
  else if constexpr (kWraps<T> && C == add)
    return static_cast<T>(wrapped_add(static_cast<int64_t>(a), static_cast<int64_t>(b)));
  else if constexpr (kWraps<T>)
    return static_cast<T>(wrapped_multiply(static_cast<int64_t>(a), static_cast<int64_t>(b)));
  else if constexpr (C == add)
    return Rounded<T>::from(a + b);
  else
    return Rounded<T>::from(a * b);
}

template <class T>
struct ElementOf {
  using type = T;
};

/// Calls work(ElementOf<T>{}) with the type of elements; booleans are uint8_t of 0 or 1.
template <class Work>
void for_element(DType type, Work&& work) {
  switch (type) {
    case DType::float32: return work(ElementOf<float>{});
    case DType::float64: return work(ElementOf<double>{});
    case DType::float16: return work(ElementOf<float16>{});
    case DType::bfloat16: return work(ElementOf<bfloat16>{});
    case DType::int8: return work(ElementOf<int8_t>{});
    case DType::int16: return work(ElementOf<int16_t>{});
    case DType::uint16: return work(ElementOf<uint16_t>{});
    case DType::int32: return work(ElementOf<int32_t>{});
    case DType::uint32: return work(ElementOf<uint32_t>{});
    case DType::int64: return work(ElementOf<int64_t>{});
    case DType::uint64: return work(ElementOf<uint64_t>{});
    default: return work(ElementOf<uint8_t>{});
  }
}

template <host::Combine C>
struct CombineBy {
  static constexpr host::Combine value = C;
};

template <class Work>
void for_combine(host::Combine combine, Work&& work) {
  using enum host::Combine;
  switch (combine) {
    case replace: return work(CombineBy<replace>{});
    case add: return work(CombineBy<add>{});
    case multiply: return work(CombineBy<multiply>{});
    case maximum: return work(CombineBy<maximum>{});
    case minimum: return work(CombineBy<minimum>{});
  }
}

}  // namespace keraunos::math
