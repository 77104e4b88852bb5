// The combination of elements in a scatter, for both devices.
#pragma once

#include "host/ops/scatter.h"
#include "kernels/math/elements.h"
#include "kernels/math/integers.h"

namespace keraunos::math {

KERAUNOS_HD int64_t as_place(int32_t index) { return index; }
KERAUNOS_HD int64_t as_place(int64_t index) { return index; }

/// The index of the part of base that `index` names; -1 if its row is ignored. `fault` is called with an index outside.
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

template <host::Combine C, class T>
KERAUNOS_HD T combined(T stands, T row) {
  using enum host::Combine;
  const Computed<T> a = widen(stands), b = widen(row);
  if constexpr (C == replace)
    return row;
  else if constexpr (C == maximum)
    return a < b ? row : stands;  // as TensorFlow: a new NaN is ignored, an existing one stays
  else if constexpr (C == minimum)
    return b < a ? row : stands;
  else if constexpr (std::is_integral_v<T> && C == add)
    return static_cast<T>(wrapped_add(static_cast<int64_t>(a), static_cast<int64_t>(b)));
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(wrapped_multiply(static_cast<int64_t>(a), static_cast<int64_t>(b)));
  else if constexpr (C == add)
    return narrow<T>(a + b);
  else
    return narrow<T>(a * b);
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
