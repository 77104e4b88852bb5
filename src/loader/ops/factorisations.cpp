// Factorisations: Cholesky, LU, QR, eigenvectors, singular vectors; ranks and inverses of any matrix.
#include <algorithm>
#include <limits>

#include "loader/ops/matrices.h"
#include "loader/ops/sorting.h"

namespace keraunos::loader {
namespace {

// keras.ops raises an error where TensorFlow gives NaN.
std::vector<Value> cholesky(OperationCall& call) {
  const LinearAlgebra::Task task =
      call.is_keras3() && call.is_call_of_layer() ? LinearAlgebra::cholesky_or_fault : LinearAlgebra::cholesky;
  const Value lower = on_matrix(call, task, square_matrices_of(call, 0));
  return {call.flag(1, false) ? transposed_matrices(call, lower) : lower};
}

std::vector<Value> cholesky_of_tensorflow(OperationCall& call) {
  return {on_matrix(call, LinearAlgebra::cholesky, square_matrices_of(call, 0))};
}

// (Lᵀ)⁻¹ · L⁻¹.
std::vector<Value> cholesky_inverse(OperationCall& call) {
  const Value x = square_matrices_of(call, 0);
  const bool upper = call.flag(1, false);
  const Value y = solved(call, triangular_task(!upper, false), x, identity_like(call, x, call.l.dim(x, -1).size));
  return {upper ? call.l.matmul(y, y, false, true) : call.l.matmul(y, y, true, false)};
}

std::vector<Value> lower_upper(OperationCall& call) {
  const Value operands[] = {square_matrices_of(call, 0)};
  std::vector<Value> results = on_matrices(call, LinearAlgebra::lower_upper, operands);
  if (const auto type = call.dtype(1)) results[1] = call.l.cast(results[1], *type);
  return results;
}

// The new position of each row of x, instead of the row at each position.
std::vector<Value> lower_upper_of_keras(OperationCall& call) {
  const Value operands[] = {square_matrices_of(call, 0)};
  std::vector<Value> results = on_matrices(call, LinearAlgebra::lower_upper, operands);
  if (call.l.rank(operands[0]) > 2) call.l.refuse("takes the LU factors of a batch of matrices, which Keras does not do either");
  results[1] = sorted_along(call.l, results[1], 0, {.results = host::Sort::places})[0];
  return results;
}

std::vector<Value> orthogonal(OperationCall& call, bool full) {
  const Value operands[] = {matrices_of(call, 0)};
  return on_matrices(call, full ? LinearAlgebra::orthogonal_full : LinearAlgebra::orthogonal, operands);
}

std::vector<Value> orthogonal_of_keras(OperationCall& call) {
  const std::string mode = call.text(1).value_or("reduced");
  if (mode != "reduced" && mode != "complete") call.l.refuse("has the mode \"" + mode + "\", expected reduced or complete");
  return orthogonal(call, mode == "complete");
}

std::vector<Value> orthogonal_of_tensorflow(OperationCall& call) { return orthogonal(call, call.flag(1, false)); }

std::vector<Value> eigenvectors(OperationCall& call) {
  const Value operands[] = {square_matrices_of(call, 0)};
  return on_matrices(call, LinearAlgebra::eigenvectors, operands);
}

std::vector<Value> eigenvalues(OperationCall& call) {
  return {on_matrix(call, LinearAlgebra::eigenvalues, square_matrices_of(call, 0))};
}

// The singular values, U and Vᵀ.
struct Singular {
  Value values, left, right;
};

Singular singular(OperationCall& call, Value x, bool full) {
  const Value operands[] = {x};
  const auto parts = on_matrices(call, full ? LinearAlgebra::singular_vectors_full : LinearAlgebra::singular_vectors, operands);
  return {parts[0], parts[1], parts[2]};
}

std::vector<Value> svd_of_keras(OperationCall& call) {
  const Value x = matrices_of(call, 0);
  const bool full = call.flag(1, true);
  if (!call.flag(2, true)) return {on_matrix(call, LinearAlgebra::singular_values, x)};
  const Singular parts = singular(call, x, full);
  return {parts.left, parts.values, parts.right};
}

std::vector<Value> svd_of_tensorflow(OperationCall& call) {
  const Value x = matrices_of(call, 0);
  const bool full = call.flag(1, false);
  if (!call.flag(2, true)) return {on_matrix(call, LinearAlgebra::singular_values, x)};
  const Singular parts = singular(call, x, full);
  return {parts.values, parts.left, transposed_matrices(call, parts.right)};
}

double longest(OperationCall& call, Value x) {
  return static_cast<double>(std::max(call.l.dim(x, -1).size, call.l.dim(x, -2).size));
}

Value largest(OperationCall& call, Value values) {
  const int last[] = {call.l.rank(values) - 1};
  return call.l.reduce(Reduction::maximum, values, last, true);
}

std::vector<Value> matrix_rank(OperationCall& call) {
  const Value x = matrices_of(call, 0), values = on_matrix(call, LinearAlgebra::singular_values, x);
  const double relative = epsilon_of(call, x) * longest(call, x);
  const Value least = call.has(1) ? call.l.expand_dims(call.tensor(1, call.l.dtype(x)), -1)
                                  : call.l.multiply(largest(call, values), call.l.scalar(relative, call.l.dtype(x)));
  const int last[] = {call.l.rank(values) - 1};
  return {call.l.reduce(Reduction::sum, call.l.cast(call.l.binary(Function::greater, values, least), DType::int32), last)};
}

// V · (1 / s) · Uᵀ; small singular values are treated as 0.
std::vector<Value> pseudo_inverse(OperationCall& call) {
  const Value x = matrices_of(call, 0);
  const DType type = call.l.dtype(x);
  const Singular parts = singular(call, x, false);
  const double usual = 10 * longest(call, x) * epsilon_of(call, x);
  const Value relative = call.has(1) ? call.l.expand_dims(call.tensor(1, type), -1) : call.l.scalar(usual, type);
  const Value kept = call.l.binary(Function::greater, parts.values, call.l.multiply(largest(call, parts.values), relative));
  const Value sizes = call.l.select(kept, parts.values, call.l.scalar(std::numeric_limits<double>::infinity(), type));
  return {call.l.matmul(call.l.divide(parts.right, call.l.expand_dims(sizes, -1)), parts.left, true, true)};
}

// Keras uses singular values of at least `rcond` times the largest; a negative rcond means the machine epsilon.
std::vector<Value> least_squares(OperationCall& call) {
  const Value x = matrices_of(call, 0);
  Value y = call.tensor(1);
  const DType type = call.l.dtype(x);
  const bool is_vector = call.l.rank(y) == 1;
  if (is_vector) y = call.l.expand_dims(y, -1);
  if (call.l.rank(x) != 2 || call.l.rank(y) != 2 || call.l.dim(x, 0).size != call.l.dim(y, 0).size || call.l.dtype(y) != type)
    call.l.refuse("fits " + call.l.dims(x).to_string() + " to " + call.l.dims(y).to_string() + ", which are no equations");
  double relative = call.has(2) ? call.number(2, 0) : epsilon_of(call, x) * longest(call, x);
  if (relative < 0) relative = epsilon_of(call, x);
  const Singular parts = singular(call, x, false);
  const Value least = call.l.multiply(call.l.slice_axis(parts.values, 0, 0, 1), call.l.scalar(relative, type));
  const Value kept = call.l.binary(Function::greater_equal, parts.values, least);
  const Value inverse = call.l.divide(call.l.scalar(1, type), call.l.select(kept, parts.values, call.l.scalar(1, type)));
  const Value scales = call.l.expand_dims(call.l.select(kept, inverse, call.l.scalar(0, type)), -1);
  const Value fitted =
      call.l.matmul(parts.right, call.l.multiply(scales, call.l.matmul(parts.left, y, true, false)), true, false);
  return {is_vector ? call.l.squeeze(fitted, 1) : fitted};
}

}  // namespace

std::vector<Operation> factorisations_operations() {
  return {
      {{"Cholesky"}, {}, {"x", "upper"}, cholesky},
      {{}, {"linalg.cholesky"}, {"input"}, cholesky_of_tensorflow},
      {{"CholeskyInverse"}, {}, {"x", "upper"}, cholesky_inverse},
      {{"LuFactor"}, {}, {"x"}, lower_upper_of_keras},
      {{}, {"linalg.lu"}, {"input", "output_idx_type"}, lower_upper},
      {{"Qr"}, {}, {"x", "mode"}, orthogonal_of_keras},
      {{}, {"linalg.qr"}, {"input", "full_matrices"}, orthogonal_of_tensorflow},
      {{"Eigh"}, {"linalg.eigh"}, {"x|tensor"}, eigenvectors},
      {{}, {"linalg.eigvalsh"}, {"tensor"}, eigenvalues},
      {{"SVD"}, {}, {"x", "full_matrices", "compute_uv"}, svd_of_keras},
      {{}, {"linalg.svd"}, {"tensor", "full_matrices", "compute_uv"}, svd_of_tensorflow},
      {{"MatrixRank"}, {"linalg.matrix_rank"}, {"x|a", "tol"}, matrix_rank, 1, {"validate_args=False|True"}},
      {{"Pinv"}, {"linalg.pinv"}, {"x|a", "rcond"}, pseudo_inverse, 1, {"validate_args=False|True"}},
      {{"Lstsq"}, {}, {"a", "b", "rcond"}, least_squares, 2},
  };
}

}  // namespace keraunos::loader
