// One row for each scalar function, in the order of enum Function: its properties besides its body (kernels/math/unary.h and
// binary.h). A function without a row, or without a body, does not compile.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "keraunos/function.h"

namespace keraunos::host {

struct FunctionRow {
  enum Work : unsigned char { simple, exponential, trigonometric, power };  ///< the class of functions whose cost it has
  Function function;
  std::string_view name;
  int operands;
  Work work = simple;
  bool gives_boolean = false, takes_boolean = false, takes_integers = false;
  /// Position among the functions compiled into a GPU's chains of pointwise steps (kernels/cuda/chain.h), the most frequent at 1,
  /// because a kernel compares positions one after the other. 0: a program with this function is interpreted.
  unsigned char chain_place = 0;
};

inline constexpr std::array kFunctionTable = [] {
  using enum Function;
  using Row = FunctionRow;
  constexpr auto kExponential = Row::exponential, kTrigonometric = Row::trigonometric, kPower = Row::power, kSimple = Row::simple;
  constexpr auto chained = [](unsigned char place, Row row) {
    row.chain_place = place;
    return row;
  };
  constexpr auto of_integers = [](Row row) {
    row.takes_integers = true;
    return row;
  };
  return std::to_array<Row>({
      {constant, "constant", 0},
      chained(28, {copy, "copy", 1}),
      {cast, "cast", 1},
      chained(21, {negate, "negate", 1}),
      chained(22, {abs, "abs", 1}),
      {sign, "sign", 1},
      {floor, "floor", 1},
      {ceil, "ceil", 1},
      {round_even, "round_even", 1},
      {trunc, "trunc", 1},
      chained(18, {square, "square", 1}),
      chained(19, {sqrt, "sqrt", 1}),
      chained(20, {rsqrt, "rsqrt", 1}),
      chained(27, {reciprocal, "reciprocal", 1}),
      chained(17, {exp, "exp", 1, kExponential}),
      {expm1, "expm1", 1, kExponential},
      {log, "log", 1, kExponential},
      {log1p, "log1p", 1, kExponential},
      {log2, "log2", 1, kPower},
      {log10, "log10", 1, kPower},
      {sin, "sin", 1, kTrigonometric},
      {cos, "cos", 1, kTrigonometric},
      {tan, "tan", 1, kTrigonometric},
      {asin, "asin", 1, kTrigonometric},
      {acos, "acos", 1, kTrigonometric},
      {atan, "atan", 1, kTrigonometric},
      {sinh, "sinh", 1, kTrigonometric},
      {cosh, "cosh", 1, kTrigonometric},
      chained(7, {tanh, "tanh", 1, kExponential}),
      {asinh, "asinh", 1, kTrigonometric},
      {acosh, "acosh", 1, kTrigonometric},
      {atanh, "atanh", 1, kTrigonometric},
      {erf, "erf", 1, kExponential},
      {erfc, "erfc", 1, kExponential},
      chained(3, {relu, "relu", 1}),
      chained(13, {leaky_relu, "leaky_relu", 1}),
      chained(14, {elu, "elu", 1, kExponential}),
      chained(15, {selu, "selu", 1, kExponential}),
      {celu, "celu", 1, kExponential},
      chained(9, {gelu, "gelu", 1, kExponential}),
      chained(10, {gelu_tanh, "gelu_tanh", 1, kExponential}),
      chained(6, {sigmoid, "sigmoid", 1, kExponential}),
      chained(16, {hard_sigmoid, "hard_sigmoid", 1, kExponential}),
      chained(26, {log_sigmoid, "log_sigmoid", 1, kExponential}),
      chained(23, {softplus, "softplus", 1, kExponential}),
      chained(24, {softsign, "softsign", 1, kExponential}),
      chained(8, {silu, "silu", 1, kExponential}),
      chained(25, {mish, "mish", 1, kExponential}),
      {logical_not, "logical_not", 1, kSimple, true, true},
      {is_nan, "is_nan", 1, kSimple, true},
      {is_infinite, "is_infinite", 1, kSimple, true},
      {is_finite, "is_finite", 1, kSimple, true},
      chained(1, {add, "add", 2}),
      chained(11, {subtract, "subtract", 2}),
      chained(2, {multiply, "multiply", 2}),
      chained(12, {divide, "divide", 2}),
      {floor_divide, "floor_divide", 2},
      {floor_mod, "floor_mod", 2, kPower},
      {trunc_mod, "trunc_mod", 2, kPower},
      {power, "power", 2, kPower},
      chained(5, {maximum, "maximum", 2}),
      chained(4, {minimum, "minimum", 2}),
      {atan2, "atan2", 2, kPower},
      {equal, "equal", 2, kSimple, true},
      {not_equal, "not_equal", 2, kSimple, true},
      {less, "less", 2, kSimple, true},
      {less_equal, "less_equal", 2, kSimple, true},
      {greater, "greater", 2, kSimple, true},
      {greater_equal, "greater_equal", 2, kSimple, true},
      {logical_and, "logical_and", 2, kSimple, true, true},
      {logical_or, "logical_or", 2, kSimple, true, true},
      {logical_xor, "logical_xor", 2, kSimple, true, true},
      {select, "select", 3},
      {erfinv, "erfinv", 1, kPower},
      {log_gamma, "log_gamma", 1, kPower},
      {digamma, "digamma", 1, kPower},
      {bessel_i0, "bessel_i0", 1, kPower},
      {bessel_i0e, "bessel_i0e", 1, kPower},
      {bessel_i1, "bessel_i1", 1, kPower},
      {bessel_i1e, "bessel_i1e", 1, kPower},
      {sign_bit, "sign_bit", 1, kSimple, true},
      {next_after, "next_after", 2, kTrigonometric},
      of_integers({bitwise_and, "bitwise_and", 2}),
      of_integers({bitwise_or, "bitwise_or", 2}),
      of_integers({bitwise_xor, "bitwise_xor", 2}),
      of_integers({shift_left, "shift_left", 2}),
      of_integers({shift_right, "shift_right", 2}),
      of_integers({gcd, "gcd", 2, kPower}),
      of_integers({lcm, "lcm", 2, kPower}),
  });
}();

constexpr const FunctionRow& row_of(Function function) noexcept { return kFunctionTable[static_cast<size_t>(function)]; }

static_assert(kFunctionTable.size() == static_cast<size_t>(Function::kCount), "one row for each function");
static_assert(
    [] {
      for (size_t i = 0; i < kFunctionTable.size(); ++i) {
        if (kFunctionTable[i].function != static_cast<Function>(i)) return false;
      }
      return true;
    }(),
    "rows are in the order of enum Function");

inline constexpr size_t kChainFunctionCount = static_cast<size_t>(
    std::count_if(kFunctionTable.begin(), kFunctionTable.end(), [](auto row) { return row.chain_place > 0; }));

/// The functions with a chain_place, in its order.
inline constexpr std::array<Function, kChainFunctionCount> kChainFunctions = [] {
  std::array<Function, kChainFunctionCount> functions{};  // Function::constant, which has no place
  for (const FunctionRow& row : kFunctionTable) {
    if (row.chain_place > 0) functions.at(row.chain_place - 1u) = row.function;
  }
  return functions;
}();
static_assert(std::count(kChainFunctions.begin(), kChainFunctions.end(), Function::constant) == 0, "chain places count from 1");

}  // namespace keraunos::host
