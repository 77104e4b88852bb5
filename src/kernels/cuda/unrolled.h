// Loops that must be unrolled: an array indexed by a loop counter is kept in registers only if the compiler knows each index.
#pragma once

#include <type_traits>
#include <utility>

#include "kernels/math/hd.h"

namespace keraunos::cuda {

/// Calls body(i) for i = 0 … kCount − 1; each i is a compile-time constant.
template <int kCount, class Body>
KERAUNOS_HD void unrolled(Body&& body) {
  [&]<int... kIndex>(std::integer_sequence<int, kIndex...>) { (body(std::integral_constant<int, kIndex>{}), ...); }
  (std::make_integer_sequence<int, kCount>{});
}

}  // namespace keraunos::cuda
