// Products of tensors.
#include "keraunos/error.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// NumPy's matmul: a vector gets an axis that is taken away again.
std::vector<Value> matmul(OperationCall& call) {
  auto [a, b] = call.operands();
  const bool row = call.l.rank(a) == 1, column = call.l.rank(b) == 1;
  if (row) a = call.l.expand_dims(a, 0);
  if (column) b = call.l.expand_dims(b, 1);
  Value y = call.l.matmul(a, b, call.flag(2, false), call.flag(3, false));
  if (column) y = call.l.squeeze(y, -1);
  if (row) y = call.l.squeeze(y, column ? -1 : -2);
  return {y};
}

std::vector<Value> einsum(OperationCall& call) {
  const auto equation = call.text(0);
  if (!call.is_keras3() || !equation) {
    // Keras 2 saves tf.einsum without its operands, and cannot reload it itself.
    call.l.refuse("is tf.einsum, whose operands Keras 2 does not save");
  }
  std::vector<Value> operands;
  for (const Arg& argument : call.l.arguments()) {
    if (const Traced* traced = argument.tensor()) operands.push_back(traced->value);
  }
  if (operands.size() != 2) call.l.refuse("is an einsum of " + std::to_string(operands.size()) + " tensors; two are supported");
  return {call.l.einsum(*equation, operands[0], operands[1])};
}

std::vector<Value> bias_add(OperationCall& call) { return {call.l.add(call.tensor(0), call.tensor(1))}; }

}  // namespace

std::vector<Operation> contraction_operations() {
  return {
      {{"Matmul"}, {"linalg.matmul", "matmul"}, {"x1|a", "x2|b", "transpose_a", "transpose_b"}, matmul},
      {{"Einsum"}, {"einsum"}, {"subscripts"}, einsum},
      {{}, {"nn.bias_add"}, {"value", "bias"}, bias_add},
  };
}

}  // namespace keraunos::loader
