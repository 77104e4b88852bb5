// Sums, means, extremes and functions of them.
#include <algorithm>

#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;

const std::vector<std::string> kParameters{"x|input_tensor", "axis", "keepdims"};

struct Reduced {
  Value x;
  std::vector<int> axes;
  bool keep = false;
};

Reduced reduced(OperationCall& call, Value x) { return {x, call.axes(1, call.l.rank(x)), call.flag(2, false)}; }

Value reduce(OperationCall& call, Reduction kind, const Reduced& r) { return call.l.reduce(kind, r.x, r.axes, r.keep); }

// Keras 3 computes means and variances of integers in float32; TensorFlow keeps the dtype.
Value as_measured(OperationCall& call, Value x) {
  return call.is_keras3() && !is_floating(call.l.dtype(x)) ? call.l.cast(x, DType::float32) : x;
}

// Keras 3 sums small integers as 32-bit integers of the same signedness; TensorFlow keeps the dtype.
Value as_summed(OperationCall& call, Value x) {
  const DType type = call.l.dtype(x);
  if (!call.is_keras3() || is_floating(type) || size_of(type) >= 4) return x;
  return call.l.cast(x, type == DType::uint8 || type == DType::uint16 ? DType::uint32 : DType::int32);
}

std::vector<Value> sum(OperationCall& call) {
  return {reduce(call, Reduction::sum, reduced(call, as_summed(call, call.tensor(0))))};
}

// An explicit dtype keeps Keras 3 from widening, and has no other effect.
std::vector<Value> product(OperationCall& call) {
  Value x = call.tensor(0);
  const auto type = call.dtype(3);
  if (!type)
    x = as_summed(call, x);
  else if (*type != call.l.dtype(x))
    call.l.refuse("multiplies " + std::string(name_of(call.l.dtype(x))) + " as " + std::string(name_of(*type)) +
                  ", which is not supported");
  return {reduce(call, Reduction::product, reduced(call, x))};
}

std::vector<Value> mean(OperationCall& call) {
  return {reduce(call, Reduction::mean, reduced(call, as_measured(call, call.tensor(0))))};
}

// keras.ops.max(initial=…): the result is at least `initial`.
Operation extreme(Names keras, Names tensorflow, Reduction kind) {
  const auto body = [kind](OperationCall& call) -> std::vector<Value> {
    const Value x = call.tensor(0);
    const DType type = call.l.dtype(x);
    const Function beside = kind == Reduction::maximum ? Function::maximum : Function::minimum;
    const Value y = reduce(call,
                           type != DType::boolean       ? kind
                           : kind == Reduction::maximum ? Reduction::any
                                                        : Reduction::all,
                           reduced(call, x));
    if (!call.has(3)) return {y};
    if (type == DType::boolean) {  // Keras compares them as int32
      const auto least = static_cast<double>(static_cast<int32_t>(std::clamp(call.number(3, 0), -1e9, 1e9)));
      return {call.l.cast(call.l.binary(beside, call.l.cast(y, DType::int32), call.l.scalar(least, DType::int32)), type)};
    }
    const Value bound = call.tensor(3, type);
    if (is_floating(call.l.dtype(bound)) && !is_floating(type))
      call.l.refuse("starts from a fraction among integers, which Keras does not do either");
    return {call.l.binary(beside, y, call.l.cast(bound, type))};
  };
  return {std::move(keras), std::move(tensorflow), {"x|input_tensor", "axis", "keepdims", "initial"}, body};
}

Operation logical(Names keras, Names tensorflow, Reduction kind) {
  const auto body = [kind](OperationCall& call) -> std::vector<Value> {
    return {reduce(call, kind, reduced(call, call.l.cast(call.tensor(0), DType::boolean)))};
  };
  return {std::move(keras), std::move(tensorflow), kParameters, body};
}

Value variance_of(OperationCall& call, const Reduced& r) {
  const Value centred = call.l.subtract(r.x, call.l.reduce(Reduction::mean, r.x, r.axes, true));
  return call.l.reduce(Reduction::mean, call.l.unary(Function::square, centred), r.axes, r.keep);
}

std::vector<Value> variance(OperationCall& call) {
  const Value x = as_measured(call, call.tensor(0));
  return {call.l.cast(variance_of(call, reduced(call, widened(call, x))), call.l.dtype(x))};
}

std::vector<Value> deviation(OperationCall& call) {
  const Value x = as_measured(call, call.tensor(0));
  return {call.l.cast(call.l.unary(Function::sqrt, variance_of(call, reduced(call, widened(call, x)))), call.l.dtype(x))};
}

// Keras 3 clips the statistics of 16-bit types to float16's range.
std::vector<Value> moments(OperationCall& call) {
  const Value x = call.tensor(0);
  const Reduced r = reduced(call, widened(call, x));
  const DType type = call.l.dtype(x), wide = call.l.dtype(r.x);
  std::vector<Value> both{reduce(call, Reduction::mean, r), variance_of(call, r)};
  for (Value& v : both) {
    if (call.is_keras3() && type != wide) {
      constexpr double kHighest = 65504;
      v = call.l.binary(Function::maximum, call.l.binary(Function::minimum, v, call.l.scalar(kHighest, wide)),
                        call.l.scalar(-kHighest, wide));
    }
    v = call.l.cast(v, type);
  }
  return both;
}

// Where the maximum is infinite nothing is subtracted: log Σ exp(−∞) is −∞.
std::vector<Value> log_sum_exp(OperationCall& call) {
  const Value x = call.tensor(0);
  const Reduced r = reduced(call, widened(call, x));
  const Value largest = call.l.reduce(Reduction::maximum, r.x, r.axes, true);
  const Value taken = call.l.select(call.l.unary(Function::is_finite, largest), largest, call.l.scalar(0, call.l.dtype(r.x)));
  const Value sum = call.l.reduce(Reduction::sum, call.l.unary(Function::exp, call.l.subtract(r.x, taken)), r.axes, true);
  Value y = call.l.add(call.l.unary(Function::log, sum), taken);
  for (size_t i = r.axes.size(); !r.keep && i > 0; --i) y = call.l.squeeze(y, r.axes[i - 1]);
  return {call.l.cast(y, call.l.dtype(x))};
}

// TensorFlow: x·rsqrt(max(Σx², ε)), ε = 1e-12.
std::vector<Value> l2_normalize(OperationCall& call) {
  const Value given = call.tensor(0), x = widened(call, given);
  const DType type = call.l.dtype(given);
  const Value sum = call.l.reduce(Reduction::sum, call.l.unary(Function::square, x), call.axes(1, call.l.rank(x)), true);
  const Value least = call.l.cast(call.l.scalar(call.number(2, 1e-12), type), call.l.dtype(x));  // float16 holds no 1e-12
  return {call.l.cast(call.l.multiply(x, call.l.unary(Function::rsqrt, call.l.binary(Function::maximum, sum, least))), type)};
}

}  // namespace

std::vector<Operation> reduction_operations() {
  return {
      {{"Sum"}, {"math.reduce_sum", "reduce_sum", "keras.backend.sum"}, kParameters, sum},
      {{"Mean"}, {"math.reduce_mean", "reduce_mean", "keras.backend.mean"}, kParameters, mean},
      {{"Prod"},
       {"math.reduce_prod", "reduce_prod", "keras.backend.prod"},
       {"x|input_tensor", "axis", "keepdims", "dtype"},
       product},
      extreme({"Max", "Amax"}, {"math.reduce_max", "reduce_max", "keras.backend.max"}, Reduction::maximum),
      extreme({"Min", "Amin"}, {"math.reduce_min", "reduce_min", "keras.backend.min"}, Reduction::minimum),
      logical({"Any"}, {"math.reduce_any", "reduce_any"}, Reduction::any),
      logical({"All"}, {"math.reduce_all", "reduce_all"}, Reduction::all),
      {{"Var"}, {"math.reduce_variance"}, kParameters, variance},
      {{"Std"}, {"math.reduce_std"}, kParameters, deviation},
      {{"Moments"}, {"nn.moments"}, {"x", "axes", "keepdims"}, moments, 1, {"synchronized=False", "shift=*"}},
      {{"Logsumexp"}, {"math.reduce_logsumexp", "reduce_logsumexp"}, kParameters, log_sum_exp},
      {{}, {"math.l2_normalize", "nn.l2_normalize", "keras.backend.l2_normalize"}, {"x", "axis|dim", "epsilon"}, l2_normalize},
  };
}

}  // namespace keraunos::loader
