// Normalisations and attention as operations of a graph.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

constexpr double kNormEpsilon = 1e-7;

Value inverse_root(OperationCall& call, Value variance, double epsilon) {
  return call.l.unary(Function::rsqrt, call.l.add(variance, epsilon));
}

// An optional operand; one with fewer axes than x lies along the normalised axes.
Value along(OperationCall& call, size_t parameter, Value x, const std::vector<int>& axes) {
  if (!call.has(parameter)) return {};
  const Value v = call.l.cast(call.tensor(parameter), call.l.dtype(x));
  const bool last = axes.size() == 1 && axes[0] == call.l.rank(x) - 1;
  if (call.l.rank(v) == call.l.rank(x) || last) return v;
  Shape shape(static_cast<size_t>(call.l.rank(x)), Dim{1});
  for (int axis : axes) shape[static_cast<size_t>(axis)] = call.l.dim(x, axis);
  return call.l.reshape(v, shape);
}

Value mean_of_squares(OperationCall& call, Value x, const std::vector<int>& axes) {
  return call.l.reduce(Reduction::mean, call.l.unary(Function::square, x), axes, true);
}

std::vector<Value> layer_norm(OperationCall& call) {
  const Value given = call.tensor(0), x = widened(call, as_float(call, given));
  std::vector<int> axes{call.l.rank(x) - 1};
  if (call.has(3)) axes = call.axes(3, call.l.rank(x));
  const double epsilon = call.number(4, kNormEpsilon);
  const bool scales_only = call.flag(5, false);
  const Value gamma = along(call, 1, x, axes), beta = along(call, 2, x, axes);
  const Value centred = call.l.subtract(x, call.l.reduce(Reduction::mean, x, axes, true));
  const Value inverse = inverse_root(call, mean_of_squares(call, centred, axes), epsilon);
  Value y = call.l.multiply(scales_only ? x : centred, inverse);
  if (gamma) y = call.l.multiply(y, gamma);
  if (beta && !scales_only) y = call.l.add(y, beta);
  return {call.l.cast(y, call.l.dtype(given))};
}

std::vector<Value> rms_norm(OperationCall& call) {
  const Value given = call.tensor(0), x = widened(call, as_float(call, given));
  std::vector<int> axes{call.l.rank(x) - 1};
  if (call.has(2)) axes = call.axes(2, call.l.rank(x));
  Value y = call.l.multiply(x, inverse_root(call, mean_of_squares(call, x, axes), call.number(3, kNormEpsilon)));
  if (call.has(1)) y = call.l.multiply(y, call.l.cast(call.tensor(1), call.l.dtype(y)));
  return {call.l.cast(y, call.l.dtype(given))};
}

// x · rsqrt(variance + epsilon) · scale + (offset − mean · …).
std::vector<Value> batch_norm(OperationCall& call) {
  const Value x = call.tensor(0);
  const std::vector<int> axes{call.axis(5, call.l.rank(x), -1)};
  Value factor = inverse_root(call, along(call, 2, x, axes), call.number(6, 1e-3));
  if (call.has(4)) factor = call.l.multiply(factor, along(call, 4, x, axes));
  Value shift = call.l.unary(Function::negate, call.l.multiply(along(call, 1, x, axes), factor));
  if (call.has(3)) shift = call.l.add(shift, along(call, 3, x, axes));
  return {call.l.add(call.l.multiply(x, factor), shift)};
}

// Divides by the norm along the axes; for order 2 multiplies by the reciprocal root, which is bounded.
std::vector<Value> normalize(OperationCall& call) {
  const Value x = call.tensor(0);
  std::vector<int> axes{call.l.rank(x) - 1};
  if (call.has(1)) axes = call.axes(1, call.l.rank(x));
  const int64_t order = call.integer(2, 2);
  const double epsilon = call.number(3, kNormEpsilon);
  const DType type = call.l.dtype(x);
  if (order < 1) call.l.refuse("normalises by a norm of order " + std::to_string(order));
  if (order == 2) {
    const Value sum = call.l.reduce(Reduction::sum, call.l.unary(Function::square, x), axes, true);
    return {call.l.multiply(
        x, call.l.binary(Function::minimum, call.l.unary(Function::rsqrt, sum), call.l.scalar(1 / epsilon, type)))};
  }
  const Value absolute = call.l.unary(Function::abs, x), power = call.l.scalar(static_cast<double>(order), type);
  Value norm = call.l.reduce(Reduction::sum, order == 1 ? absolute : call.l.binary(Function::power, absolute, power), axes, true);
  if (order != 1) norm = call.l.binary(Function::power, norm, call.l.scalar(1 / static_cast<double>(order), type));
  return {call.l.divide(x, call.l.binary(Function::maximum, norm, call.l.scalar(epsilon, type)))};
}

// With fewer heads than the queries have, each serves a group of them.
Value for_each_head(OperationCall& call, Value x, int64_t heads) {
  const int64_t own = call.l.dim(x, 2).size;
  if (own == heads || own == 1) return x;
  if (own == 0 || heads % own != 0)
    call.l.refuse("has " + std::to_string(heads) + " heads of queries for " + std::to_string(own) + " of keys");
  Shape wide = call.l.shape(x), folded = wide;
  wide.insert(wide.begin() + 3, Dim{heads / own});
  folded[2] = Dim{heads};
  return call.l.reshape(call.l.broadcast_to(call.l.expand_dims(x, 3), wide), folded);
}

Value causal(OperationCall& call, int64_t queries, int64_t keys) {
  debit(call.l, "the causal mask", host::checked_multiply(queries, keys));
  Tensor mask(DType::boolean, Dims{1, 1, queries, keys});
  const std::span<bool> values = mask.mutable_values<bool>();
  for (int64_t i = 0; i < queries * keys; ++i) values[static_cast<size_t>(i)] = i % keys <= i / keys;
  return call.l.constant(std::make_shared<const Tensor>(std::move(mask)));
}

std::vector<Value> dot_product_attention(OperationCall& call) {
  Value query = call.tensor(0), key = call.tensor(1), value = call.tensor(2);
  for (Value v : {query, key, value}) {
    if (call.l.rank(v) != 4) call.l.refuse("attends to a tensor of rank " + std::to_string(call.l.rank(v)) + ", expected 4");
  }
  if (call.flag(7, false)) call.l.refuse("asks for flash attention, which Keras has not on TensorFlow either");
  const DType type = promoted(promoted(call.l.dtype(query), call.l.dtype(key)), call.l.dtype(value));
  const int64_t heads = call.l.dim(query, 2).size;
  query = call.l.cast(query, type);
  key = for_each_head(call, call.l.cast(key, type), heads), value = for_each_head(call, call.l.cast(value, type), heads);
  const int order[] = {0, 2, 1, 3};
  const DType wide = size_of(type) == 2 ? DType::float32 : type;
  Value scores = call.l.cast(call.l.matmul(call.l.transpose(query, order), call.l.transpose(key, order), false, true), wide);
  scores = call.l.multiply(scores, call.number(5, 1 / std::sqrt(static_cast<double>(call.l.dim(key, -1).size))));
  if (call.has(3)) scores = call.l.add(scores, call.l.cast(call.l.cast(call.tensor(3), type), wide));
  Value kept = call.has(4) ? call.l.cast(call.tensor(4), DType::boolean) : Value{};
  if (call.flag(6, false)) {
    const Value earlier = causal(call, call.l.dim(scores, 2).size, call.l.dim(scores, 3).size);
    kept = kept ? call.l.binary(Function::logical_and, kept, earlier) : earlier;
  }
  if (kept) scores = call.l.select(kept, scores, call.l.scalar(-0.7 * 3.38953e38, wide));
  const Value shares = call.l.cast(call.l.softmax(scores, 3), type);
  return {call.l.transpose(call.l.matmul(shares, call.l.transpose(value, order)), order)};
}

// In decibels; over all axes, including the batch.
std::vector<Value> psnr(OperationCall& call) {
  const auto [a, b] = call.operands(0, 1, OperationCall::PythonNumbers::strong);
  const DType type = call.l.dtype(a);
  const Value apart = call.l.unary(Function::square, call.l.subtract(a, b));
  std::vector<int> axes(static_cast<size_t>(call.l.rank(apart)));
  std::iota(axes.begin(), axes.end(), 0);
  const Value error = as_float(call, call.l.reduce(Reduction::mean, apart, axes));
  const Value best = call.l.unary(Function::log10, as_float(call, call.l.scalar(call.number(2, 1), type)));
  return {call.l.subtract(call.l.multiply(best, 20.0), call.l.multiply(call.l.unary(Function::log10, error), 10.0))};
}

}  // namespace

std::vector<Operation> normalising_operations() {
  return {
      {{"LayerNorm"}, {}, {"x", "gamma", "beta", "axis", "epsilon", "rms_scaling"}, layer_norm, 3},
      {{"RMSNorm"}, {}, {"x", "scale", "axis", "epsilon"}, rms_norm, 2},
      {{"BatchNorm"}, {}, {"x", "mean", "variance", "offset", "scale", "axis", "epsilon"}, batch_norm, 5},
      {{"Normalize"}, {}, {"x", "axis", "order", "epsilon"}, normalize},
      {{"DotProductAttention"},
       {},
       {"query", "key", "value", "bias", "mask", "scale", "is_causal", "flash_attention"},
       dot_product_attention,
       6,
       {"attn_logits_soft_cap=*"}},  // Keras with TensorFlow does not read it
      {{"PSNR"}, {}, {"x1", "x2", "max_val"}, psnr, 2},
  };
}

}  // namespace keraunos::loader
