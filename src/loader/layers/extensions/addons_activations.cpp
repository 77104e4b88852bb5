#include "loader/layers/extensions/addons_activations.h"

#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

Value where(Builder& b, Function comparison, Value x, double limit) {
  return b.binary(comparison, x, b.scalar(limit, b.dtype(x)));
}

// rrelu draws slopes in training; at inference it uses the mean of their range.
Value mean_slope(Builder& b, Value x) {
  return b.select(where(b, Function::greater_equal, x, 0), x, b.multiply(x, (1.0 / 8 + 1.0 / 3) / 2));
}

Value soft_shrunk(Builder& b, Value x) {
  const Value zero = b.scalar(0, b.dtype(x));
  return b.select(where(b, Function::less, x, -0.5), b.add(x, 0.5),
                  b.select(where(b, Function::greater, x, 0.5), b.add(x, -0.5), zero));
}

Value hard_shrunk(Builder& b, Value x) {
  const Value outside = b.binary(Function::logical_or, where(b, Function::less, x, -0.5), where(b, Function::greater, x, 0.5));
  return b.multiply(x, b.cast(outside, b.dtype(x)));
}

}  // namespace

Value snake(Builder& b, Value x, Value frequency) {
  const Value twice = b.multiply(frequency, 2);
  const Value wave = b.unary(Function::cos, b.multiply(twice, x));
  return b.add(x, b.divide(b.subtract(b.scalar(1, b.dtype(x)), wave), twice));
}

// max(x − τ, 0). With z the k-th largest element and s the sum of the k largest, z is in the support where 1 + k·z > s, and τ =
// (s − 1) / k of the smallest z in the support. Keras's own sparsemax has another τ.
Value simplex_projection(Builder& b, Value x) {
  const int last = b.rank(x) - 1;
  if (last < 0) throw UsageError("sparsemax needs an axis, found a tensor of rank 0");
  const DType type = b.dtype(x);
  host::Graph& graph = host::graph_of(b);
  const Value ones = b.broadcast_to(b.scalar(1, DType::float32), {b.dim(x, last)});
  const Value rank = b.cast(graph.add(host::Scan{.axis = 0}, {ones})[0], type);
  const Value z = graph.add(host::Sort{.descending = true}, {x})[0];
  const Value sum = graph.add(host::Scan{.axis = last}, {z})[0];
  const Value supports = b.binary(Function::greater, b.add(b.multiply(rank, z), 1.0), sum);
  const int along[] = {last};
  const Value size = b.reduce(Reduction::sum, b.cast(supports, type), along, true);
  const Value total = b.reduce(Reduction::sum, b.select(supports, z, b.scalar(0, type)), along, true);
  return b.unary(Function::relu, b.subtract(x, b.divide(b.add(total, -1.0), size)));
}

Value addons_activation(Builder& b, std::string_view name, Value x) {
  if (name == "gelu") return b.unary(Function::gelu_tanh, x);
  if (name == "mish") return b.unary(Function::mish, x);
  if (name == "lisht") return b.multiply(x, b.unary(Function::tanh, x));
  if (name == "tanhshrink") return b.subtract(x, b.unary(Function::tanh, x));
  if (name == "hardshrink") return hard_shrunk(b, x);
  if (name == "softshrink") return soft_shrunk(b, x);
  if (name == "rrelu") return mean_slope(b, x);
  if (name == "snake") return snake(b, x, b.scalar(1, b.dtype(x)));
  if (name == "sparsemax") return simplex_projection(b, x);
  return {};
}

}  // namespace keraunos::loader
