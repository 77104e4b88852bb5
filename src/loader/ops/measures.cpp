// Measures of tensors: number of elements, distances, correlations.
#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

Value count_of(OperationCall& call, int64_t number, DType type) {
  if (number > Range::kMostExtent && type == DType::int32)
    call.l.refuse("counts " + std::to_string(number) + " elements, more than int32 holds");
  return call.l.scalar(static_cast<double>(number), type);
}

std::vector<Value> number_of_elements(OperationCall& call) {
  const int64_t elements = host::elements_of(call.l.shape(call.tensor(0)));
  return {count_of(call, elements, call.dtype(1).value_or(DType::int32))};
}

std::vector<Value> number_of_axes(OperationCall& call) { return {count_of(call, call.l.rank(call.tensor(0)), DType::int32)}; }

// (…, P, D) and (…, R, D) → (…, P, R).
std::vector<Value> distances(OperationCall& call) {
  const auto [x, y] = call.operands(0, 1, OperationCall::PythonNumbers::strong);
  if (call.l.rank(x) < 2 || call.l.rank(y) < 2) call.l.refuse("needs two tensors of rank 2 at least");
  const Value a = call.l.expand_dims(as_float(call, x), -2), b = call.l.expand_dims(as_float(call, y), -3);
  const int last[] = {std::max(call.l.rank(a), call.l.rank(b)) - 1};
  const Value sum = call.l.reduce(Reduction::sum, call.l.unary(Function::square, call.l.subtract(a, b)), last);
  return {call.l.unary(Function::sqrt, sum)};
}

// Rows are variables, columns observations.
std::vector<Value> correlation_coefficients(OperationCall& call) {
  Lowering& l = call.l;
  const Value given = call.tensor(0);
  const DType type = l.dtype(given);
  if (l.rank(given) != 2) l.refuse("correlates the rows of a tensor of rank " + std::to_string(l.rank(given)) + ", expected 2");
  if (!is_floating(type) && size_of(type) == 8) l.refuse("correlates 64-bit integers, which Keras does not do either");
  const Value x = widened(call, as_float(call, given));
  const int last[] = {1};
  const Value centred = l.subtract(x, l.reduce(Reduction::mean, x, last, true));
  const double observations = static_cast<double>(l.dim(x, 1).size) - 1;
  const Value covariance = l.divide(l.matmul(centred, centred, false, true), number_like(call, observations, x));
  const Value variance =
      l.divide(l.reduce(Reduction::sum, l.unary(Function::square, centred), last), number_like(call, observations, x));
  const Value deviation = l.unary(Function::sqrt, variance);
  Value y = l.divide(covariance, l.multiply(l.expand_dims(deviation, 1), l.expand_dims(deviation, 0)));
  y = l.binary(Function::maximum, l.binary(Function::minimum, y, number_like(call, 1, y)), number_like(call, -1, y));
  return {l.cast(y, is_floating(type) ? type : DType::float32)};
}

// x1 slides over x2 without being reversed.
std::vector<Value> slide_over(OperationCall& call) {
  Lowering& l = call.l;
  const auto [a, b] = call.operands(0, 1, OperationCall::PythonNumbers::strong);
  if (l.rank(a) != 1 || l.rank(b) != 1) l.refuse("correlates tensors of rank 1");
  const DType given = l.dtype(a), type = is_floating(given) ? given : given == DType::int64 ? DType::float64 : DType::float32;
  const std::string mode = call.text(2).value_or("valid");
  if (mode != "valid" && mode != "same" && mode != "full")
    l.refuse("correlates in the mode \"" + mode + "\"; expected valid, same or full");
  const int64_t n = l.dim(a, 0).size, m = l.dim(b, 0).size;
  if (n < 1 || m < 1 || (mode == "valid" && m > n))
    l.refuse("correlates " + std::to_string(n) + " elements with " + std::to_string(m));
  const Dim one{1};
  Window window;
  window.size[0] = m;
  if (mode != "valid") window.low[0] = window.high[0] = m - 1;
  const Value x = l.reshape(l.cast(a, type), {one, l.dim(a, 0), one}), y = l.reshape(l.cast(b, type), {l.dim(b, 0), one, one});
  Value all = flattened(call, l.convolve(x, y, window));
  if (mode == "same") all = l.slice_axis(all, 0, (n + m - 1 - std::max(n, m)) / 2, std::max(n, m));
  return {all};
}

}  // namespace

std::vector<Operation> measures_operations() {
  return {
      {{"Size"}, {"size", "compat.v1.size"}, {"x|input", "out_type"}, number_of_elements},
      {{"Ndim"}, {"rank"}, {"x|input"}, number_of_axes},
      {{"CDist"}, {}, {"x", "y"}, distances, 2},
      {{"Corrcoef"}, {}, {"x"}, correlation_coefficients},
      {{"Correlate"}, {}, {"x1", "x2", "mode"}, slide_over, 2},
  };
}

}  // namespace keraunos::loader
