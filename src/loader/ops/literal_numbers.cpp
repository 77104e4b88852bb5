#include "loader/ops/literal_numbers.h"

#include <cmath>
#include <limits>

namespace keraunos::loader {
namespace {

using Result = std::optional<LiteralNumber>;

Result unless(bool overflows, const int64_t& result) {
  return overflows ? std::nullopt : Result(static_cast<LiteralNumber>(result));
}

Result of_integers(Function function, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (function) {
    case Function::negate: return unless(__builtin_sub_overflow(int64_t{0}, a, &result), result);
    case Function::abs: return a < 0 ? unless(__builtin_sub_overflow(int64_t{0}, a, &result), result) : a;
    case Function::sign: return (a > 0) - (a < 0);
    case Function::square: return unless(__builtin_mul_overflow(a, a, &result), result);
    case Function::add: return unless(__builtin_add_overflow(a, b, &result), result);
    case Function::subtract: return unless(__builtin_sub_overflow(a, b, &result), result);
    case Function::multiply: return unless(__builtin_mul_overflow(a, b, &result), result);
    case Function::floor_divide:
      if (b == 0) return std::nullopt;
      if (b == -1) return unless(__builtin_sub_overflow(int64_t{0}, a, &result), result);
      return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
    case Function::floor_mod:
      if (b == 0) return std::nullopt;
      if (b == -1) return 0;
      return a % b != 0 && (a < 0) != (b < 0) ? a % b + b : a % b;
    default: return std::nullopt;
  }
}

template <class T>
Result of_reals(Function function, T a, T b) {
  switch (function) {
    case Function::negate: return -a;
    case Function::abs: return std::abs(a);
    case Function::square: return a * a;
    case Function::sqrt: return std::sqrt(a);
    case Function::floor: return std::floor(a);
    case Function::ceil: return std::ceil(a);
    case Function::trunc: return std::trunc(a);
    case Function::round_even: return std::nearbyint(a);
    case Function::add: return a + b;
    case Function::subtract: return a - b;
    case Function::multiply: return a * b;
    case Function::divide: return a / b;
    default: return std::nullopt;
  }
}

// For any type; absent for NaN, which functions order differently.
Result of_any(Function function, LiteralNumber a, LiteralNumber b, LiteralNumber c) {
  if (std::isnan(a) || std::isnan(b)) return std::nullopt;
  switch (function) {
    case Function::copy: return a;
    case Function::maximum: return a > b ? a : b;
    case Function::minimum: return a < b ? a : b;
    case Function::less: return a < b;
    case Function::less_equal: return a <= b;
    case Function::greater: return a > b;
    case Function::greater_equal: return a >= b;
    case Function::equal: return a == b;
    case Function::not_equal: return a != b;
    case Function::logical_and: return a != 0 && b != 0;
    case Function::logical_or: return a != 0 || b != 0;
    case Function::logical_not: return a == 0;
    case Function::select: return a != 0 ? b : c;
    default: return std::nullopt;
  }
}

template <class T>
bool holds(LiteralNumber x) {
  return x >= static_cast<LiteralNumber>(std::numeric_limits<T>::min()) &&
         x <= static_cast<LiteralNumber>(std::numeric_limits<T>::max());
}

// Converts like a cast, and like the rounding after a step: truncates for integer types.
Result in_type(DType type, LiteralNumber x) {
  switch (type) {
    case DType::float32: return static_cast<float>(x);
    case DType::float64: return static_cast<double>(x);
    case DType::boolean: return x != 0;
    case DType::int32: return holds<int32_t>(std::trunc(x)) ? Result(std::trunc(x)) : std::nullopt;
    case DType::int64: return holds<int64_t>(std::trunc(x)) ? Result(std::trunc(x)) : std::nullopt;
    default: return std::nullopt;
  }
}

template <class T>
std::vector<LiteralNumber> numbers_in(const Tensor& tensor) {
  const auto values = tensor.values<T>();
  return {values.begin(), values.end()};
}

}  // namespace

std::optional<std::vector<LiteralNumber>> literal_numbers(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::int32: return numbers_in<int32_t>(tensor);
    case DType::int64: return numbers_in<int64_t>(tensor);
    case DType::boolean: return numbers_in<bool>(tensor);
    case DType::float32: return numbers_in<float>(tensor);
    case DType::float64: return numbers_in<double>(tensor);
    default: return std::nullopt;
  }
}

std::optional<LiteralNumber> literal_result(const host::Instruction& step, DType from, LiteralNumber a, LiteralNumber b,
                                            LiteralNumber c) {
  if (step.function == Function::constant) return in_type(step.type, step.immediate.value);
  if (step.function == Function::cast) return in_type(step.type, a);
  Result result = of_any(step.function, a, b, c);
  if (!result && from == DType::float32) result = of_reals(step.function, static_cast<float>(a), static_cast<float>(b));
  if (!result && from == DType::float64) result = of_reals(step.function, static_cast<double>(a), static_cast<double>(b));
  if (!result && (from == DType::int32 || from == DType::int64))
    result = of_integers(step.function, static_cast<int64_t>(a), static_cast<int64_t>(b));
  return result ? in_type(step.type, *result) : std::nullopt;
}

}  // namespace keraunos::loader
