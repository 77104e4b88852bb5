// The function, the type and the initial value of a reduction's fold.
#pragma once

#include <limits>
#include <type_traits>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/reduce.h"
#include "kernels/math/functions.h"

namespace keraunos::cuda {

/// Integers of every width fold as int64_t; the result wraps.
template <class T>
using Folded = std::conditional_t<std::is_integral_v<T>, int64_t, Computed<T>>;

template <Fold kFold, class C>
KERAUNOS_HD C folded(C a, C b) {
  if constexpr (kFold == Fold::sum)
    return math::compute<Function::add>(a, b, 0.0);
  else if constexpr (kFold == Fold::product)
    return math::compute<Function::multiply>(a, b, 0.0);
  else if constexpr (kFold == Fold::maximum)
    return math::compute<Function::maximum>(a, b, 0.0);
  else
    return math::compute<Function::minimum>(a, b, 0.0);
}

/// The initial value for elements of type T.
template <class T>
constexpr Folded<T> start_of(Fold fold) {
  using C = Folded<T>;
  if (fold == Fold::product || fold == Fold::all) return C(1);
  if (fold != Fold::maximum && fold != Fold::minimum) return C(0);
  const bool greatest = fold == Fold::maximum;
  if constexpr (std::is_integral_v<T>) {
    return static_cast<C>(greatest ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max());
  } else {
    return greatest ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::infinity();
  }
}

}  // namespace keraunos::cuda
