// Sums, means, extremes and what is made of them.
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

using Names = std::vector<std::string>;

const std::vector<std::string> kParameters{"x|input_tensor", "axis", "keepdims"};

// Keras 3 sums small integers as int32 and takes means of integers in float32; TensorFlow keeps the dtype.
Value prepared(OperationCall& call, Value x, Reduction kind) {
  const DType type = call.l.dtype(x);
  if (kind == Reduction::any || kind == Reduction::all) return call.l.cast(x, DType::boolean);
  if (!call.is_keras3() || is_floating(type)) return x;
  if (kind == Reduction::mean) return call.l.cast(x, DType::float32);
  return (kind == Reduction::sum || kind == Reduction::product) && size_of(type) < 4 ? call.l.cast(x, DType::int32) : x;
}

Operation reduction(Names keras, Names tensorflow, Reduction kind) {
  return {std::move(keras), std::move(tensorflow), kParameters, [kind](OperationCall& call) -> std::vector<Value> {
            const Value x = prepared(call, call.tensor(0), kind);
            return {call.l.reduce(kind, x, call.axes(1, call.l.rank(x)), call.flag(2, false))};
          }};
}

Value variance_of(OperationCall& call, Value x, const std::vector<int>& axes, bool keep_dims) {
  const Value centred = call.l.subtract(x, call.l.reduce(Reduction::mean, x, axes, true));
  return call.l.reduce(Reduction::mean, call.l.unary(Function::square, centred), axes, keep_dims);
}

std::vector<Value> variance(OperationCall& call) {
  const Value x = prepared(call, call.tensor(0), Reduction::mean);
  return {variance_of(call, x, call.axes(1, call.l.rank(x)), call.flag(2, false))};
}

std::vector<Value> deviation(OperationCall& call) { return {call.l.unary(Function::sqrt, variance(call)[0])}; }

std::vector<Value> moments(OperationCall& call) {
  const Value x = call.tensor(0);
  const std::vector<int> axes = call.axes(1, call.l.rank(x));
  const bool keep = call.flag(2, false);
  return {call.l.reduce(Reduction::mean, x, axes, keep), variance_of(call, x, axes, keep)};
}

std::vector<Value> log_sum_exp(OperationCall& call) {
  const Value x = call.tensor(0);
  const std::vector<int> axes = call.axes(1, call.l.rank(x));
  const Value largest = call.l.reduce(Reduction::maximum, x, axes, true);
  const Value sum = call.l.reduce(Reduction::sum, call.l.unary(Function::exp, call.l.subtract(x, largest)), axes, true);
  Value y = call.l.add(call.l.unary(Function::log, sum), largest);
  for (size_t i = axes.size(); !call.flag(2, false) && i > 0; --i) y = call.l.squeeze(y, axes[i - 1]);
  return {y};
}

// TensorFlow: x·rsqrt(max(Σx², ε)), ε = 1e-12.
std::vector<Value> l2_normalize(OperationCall& call) {
  const Value x = call.tensor(0);
  const Value sum = call.l.reduce(Reduction::sum, call.l.unary(Function::square, x), call.axes(1, call.l.rank(x)), true);
  const Value bounded = call.l.binary(Function::maximum, sum, call.l.scalar(call.number(2, 1e-12), call.l.dtype(x)));
  return {call.l.multiply(x, call.l.unary(Function::rsqrt, bounded))};
}

}  // namespace

std::vector<Operation> reduction_operations() {
  return {
      reduction({"Sum"}, {"math.reduce_sum", "reduce_sum", "keras.backend.sum"}, Reduction::sum),
      reduction({"Mean"}, {"math.reduce_mean", "reduce_mean", "keras.backend.mean"}, Reduction::mean),
      reduction({"Max", "Amax"}, {"math.reduce_max", "reduce_max", "keras.backend.max"}, Reduction::maximum),
      reduction({"Min", "Amin"}, {"math.reduce_min", "reduce_min", "keras.backend.min"}, Reduction::minimum),
      reduction({"Prod"}, {"math.reduce_prod", "reduce_prod", "keras.backend.prod"}, Reduction::product),
      reduction({"Any"}, {"math.reduce_any", "reduce_any"}, Reduction::any),
      reduction({"All"}, {"math.reduce_all", "reduce_all"}, Reduction::all),
      {{"Var"}, {"math.reduce_variance"}, kParameters, variance},
      {{"Std"}, {"math.reduce_std"}, kParameters, deviation},
      {{"Moments"}, {"nn.moments"}, {"x", "axes", "keepdims"}, moments},
      {{"Logsumexp"}, {"math.reduce_logsumexp", "reduce_logsumexp"}, kParameters, log_sum_exp},
      {{}, {"math.l2_normalize", "nn.l2_normalize", "keras.backend.l2_normalize"}, {"x", "axis", "epsilon"}, l2_normalize},
  };
}

}  // namespace keraunos::loader
