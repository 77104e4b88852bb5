// Products of tensors.
#include "keraunos/error.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// int8 times int8 gives int32. Other integers are multiplied in floating point, as in Keras 3; TensorFlow's exact int32 sums need
// float64.
struct Computed {
  DType type, result;
};

Computed computed(OperationCall& call, DType type, bool bytes) {
  if (is_floating(type)) return {type, type};
  if (call.is_keras3() && bytes) return {type, DType::int32};
  return {call.is_keras3() ? DType::float32 : DType::float64, type};
}

// NumPy's matmul: a vector gets an axis that is removed from the result.
std::vector<Value> matmul(OperationCall& call) {
  auto [a, b] = call.operands(0, 1, OperationCall::PythonNumbers::strong);
  const bool row = call.l.rank(a) == 1, column = call.l.rank(b) == 1;
  const bool bytes =
      !row && !column && call.l.dtype(call.tensor(0)) == DType::int8 && call.l.dtype(call.tensor(1)) == DType::int8;
  const Computed in = computed(call, call.l.dtype(a), bytes);
  a = call.l.cast(a, in.type), b = call.l.cast(b, in.type);
  const auto transposed = [&](size_t parameter, size_t adjoint) {  // equal for real numbers
    const bool transpose = call.flag(parameter, false), conjugate = call.flag(adjoint, false);
    if (transpose && conjugate) call.l.refuse("is both transposed and adjoint, which TensorFlow does not do either");
    return transpose || conjugate;
  };
  if (row) a = call.l.expand_dims(a, 0);
  if (column) b = call.l.expand_dims(b, 1);
  Value y = call.l.matmul(a, b, transposed(2, 4), transposed(3, 5));
  if (column) y = call.l.squeeze(y, -1);
  if (row) y = call.l.squeeze(y, column ? -1 : -2);
  return {call.l.cast(y, in.result)};
}

// All operands of an equation are positional arguments; the equation is in the config.
std::vector<Value> einsum(OperationCall& call) {
  // Keras 2 saves tf.einsum without its operands, and cannot load such a file itself.
  if (!call.is_keras3() && call.is_call_of_layer()) call.l.refuse("is tf.einsum, whose operands Keras 2 does not save");
  const auto equation = call.text(0);
  if (!equation) call.l.refuse("is called without an equation");
  const std::vector<Value> operands = call.variadic();
  if (operands.size() != 2) call.l.refuse("is an einsum of " + std::to_string(operands.size()) + " tensors; two are supported");
  const DType common = promoted(call.l.dtype(operands[0]), call.l.dtype(operands[1]));
  const bool bytes = common == DType::int8 && call.l.dtype(operands[0]) == call.l.dtype(operands[1]);
  const DType type = is_floating(common) ? common : DType::float32;
  const Value y = call.l.einsum(*equation, call.l.cast(operands[0], type), call.l.cast(operands[1], type));
  return {call.l.cast(y, bytes ? DType::int32 : common)};
}

// data_format="NCHW": the bias belongs to axis 1.
std::vector<Value> bias_add(OperationCall& call) {
  const Value x = call.tensor(0);
  Value bias = call.tensor(1, call.l.dtype(x));
  const std::string format = call.text(2).value_or("NHWC");
  if (!format.starts_with('N'))
    call.l.refuse("adds a bias in the data format \"" + format + "\", which is not supported; expected \"NHWC\" or \"NCHW\"");
  for (int axis = 2; format.starts_with("NC") && axis < call.l.rank(x); ++axis) bias = call.l.expand_dims(bias, -1);
  return {call.l.add(x, bias)};
}

}  // namespace

std::vector<Operation> contraction_operations() {
  return {
      {{"Matmul"},
       {"linalg.matmul", "matmul"},
       {"x1|a", "x2|b", "transpose_a", "transpose_b", "adjoint_a", "adjoint_b"},
       matmul,
       2,
       {"a_is_sparse=*", "b_is_sparse=*", "output_type=None"}},  // sparse: a hint for the choice of the algorithm
      {{"Einsum"}, {"einsum"}, {"subscripts|equation"}, einsum, Operation::kVariadic},
      {{}, {"nn.bias_add"}, {"value", "bias", "data_format"}, bias_add},
  };
}

}  // namespace keraunos::loader
