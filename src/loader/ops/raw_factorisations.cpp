// Factorisations as operations of TensorFlow's list: all results, some of which may be empty.
#include "loader/ops/matrices.h"

namespace keraunos::loader {
namespace {

// Without vectors TensorFlow returns empty ones, which no function uses.
std::vector<Value> raw_svd(OperationCall& call) {
  const Value x = matrices_of(call, 0);
  const bool vectors = call.flag(1, true), full = call.flag(2, false);
  if (!vectors) return {on_matrix(call, LinearAlgebra::singular_values, x)};
  const Value operands[] = {x};
  const auto parts = on_matrices(call, full ? LinearAlgebra::singular_vectors_full : LinearAlgebra::singular_vectors, operands);
  return {parts[0], parts[1], transposed_matrices(call, parts[2])};
}

std::vector<Value> raw_eigenvectors(OperationCall& call) {
  const Value operands[] = {square_matrices_of(call, 0)};
  return on_matrices(call, call.flag(1, true) ? LinearAlgebra::eigenvectors : LinearAlgebra::eigenvalues, operands);
}

}  // namespace

std::vector<Operation> raw_factorisations_operations() {
  return {
      {{}, {"raw_ops.Svd"}, {"input", "compute_uv", "full_matrices"}, raw_svd, 1},
      {{}, {"raw_ops.SelfAdjointEigV2"}, {"input", "compute_v"}, raw_eigenvectors, 1},
  };
}

}  // namespace keraunos::loader
