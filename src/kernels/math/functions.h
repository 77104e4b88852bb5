// The value of each Function: compute<F>(a, b, immediate) for float, double and int64_t, one `if constexpr` for each function, in
// groups. Predicates return bool, all others the operands' type. int64_t stands for every integer type: the evaluators wrap the
// result. Functions without an integer meaning (exp, tanh) are computed in double.
#pragma once

#include "host/graph/function_table.h"
#include "kernels/math/binary.h"
#include "kernels/math/unary.h"

namespace keraunos::math {

/// Functions whose result is boolean; logic treats every number but 0 as true.
template <Function F, class T>
KERAUNOS_HD bool predicate(T a, T b) {
  using enum Function;
  if constexpr (F == equal)
    return a == b;
  else if constexpr (F == not_equal)
    return a != b;
  else if constexpr (F == less)
    return a < b;
  else if constexpr (F == less_equal)
    return a <= b;
  else if constexpr (F == greater)
    return a > b;
  else if constexpr (F == greater_equal)
    return a >= b;
  else if constexpr (F == logical_and)
    return (a != 0) & (b != 0);
  else if constexpr (F == logical_or)
    return (a != 0) | (b != 0);
  else if constexpr (F == logical_xor)
    return (a != 0) != (b != 0);
  else if constexpr (F == logical_not)
    return a == 0;
  else if constexpr (F == sign_bit)
    return math::sign_bit(a);
  else if constexpr (kSame<T, int64_t>)
    return F == is_finite;
  else if constexpr (F == is_nan)
    return a != a;
  else if constexpr (F == is_finite)
    return a - a == 0;
  else {
    static_assert(F == is_infinite);
    return a == a && a - a != 0;
  }
}

constexpr int kFunctions = static_cast<int>(Function::kCount);

// At compile time only: GPU code does not contain the table.
constexpr bool is_predicate(Function f) { return host::row_of(f).gives_boolean; }
constexpr int arity(Function f) { return host::row_of(f).operands; }

/// The evaluators themselves handle constant, cast and select.
template <Function F, class T>
KERAUNOS_HD auto compute(T a, T b, double immediate) {
  if constexpr (is_predicate(F))
    return predicate<F>(a, b);
  else if constexpr (arity(F) == 2)
    return binary<F>(a, b);
  else
    return unary<F>(a, immediate);
}

}  // namespace keraunos::math
