// Systems of linear equations, inverses and determinants.
#include "loader/ops/axes.h"
#include "loader/ops/matrices.h"

namespace keraunos::loader {
namespace {

// For any dtype.
std::vector<Value> transposed(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) < 2) call.l.refuse("needs matrices, found a tensor of rank " + std::to_string(call.l.rank(x)));
  return {transposed_matrices(call, x)};
}

// keras.ops accepts vectors on the right, with one axis less than the matrices.
Value solved_for(OperationCall& call, LinearAlgebra::Task task, Value x, Value y) {
  if (call.l.rank(y) != call.l.rank(x) - 1) return solved(call, task, x, y);
  return call.l.squeeze(solved(call, task, x, call.l.expand_dims(y, -1)), -1);
}

std::vector<Value> solve(OperationCall& call) {
  const auto [x, y] = system_of(call);
  return {solved_for(call, LinearAlgebra::solve, x, y)};
}

std::vector<Value> solve_triangular(OperationCall& call) {
  const auto [x, y] = system_of(call);
  return {solved_for(call, triangular_task(call.flag(2, false), false), x, y)};
}

std::vector<Value> solve_of_tensorflow(OperationCall& call) {
  const auto [x, y] = system_of(call);
  return {solved(call, call.flag(2, false) ? LinearAlgebra::solve_transposed : LinearAlgebra::solve, x, y)};
}

std::vector<Value> triangular_of_tensorflow(OperationCall& call) {
  const auto [x, y] = system_of(call);
  const bool lower = call.flag(2, true), adjoint = call.flag(3, false);
  return {solved(call, triangular_task(lower, adjoint), x, y)};
}

// Solves with L, then with Lᵀ.
Value solved_by_factor(OperationCall& call, Value factor, Value y) {
  const Value half = solved(call, LinearAlgebra::solve_lower, factor, y);
  return solved(call, LinearAlgebra::solve_lower_transposed, factor, half);
}

std::vector<Value> cholesky_solve(OperationCall& call) {
  const auto [factor, y] = system_of(call);
  return {solved_by_factor(call, factor, y)};
}

// TensorFlow's fast method: (xᵀ·x + λ)⁻¹ · xᵀ · y, or xᵀ · (x·xᵀ + λ)⁻¹ · y if there are more unknowns than equations.
std::vector<Value> least_squares_of_tensorflow(OperationCall& call) {
  if (!call.flag(3, true)) call.l.refuse("fits with fast=False, which is not supported");
  const Value x = matrices_of(call, 0), y = call.tensor(1);
  const int64_t rows = call.l.dim(x, -2).size, columns = call.l.dim(x, -1).size;
  const bool is_tall = rows >= columns;
  const Value identity = identity_like(call, x, is_tall ? columns : rows);
  const Value added = call.l.multiply(identity, call.l.scalar(call.number(2, 0), call.l.dtype(x)));
  const Value gram = call.l.add(call.l.matmul(x, x, is_tall, !is_tall), added);
  const Value factor = on_matrix(call, LinearAlgebra::cholesky, gram);
  if (is_tall) return {solved_by_factor(call, factor, call.l.matmul(x, y, true, false))};
  return {call.l.matmul(x, solved_by_factor(call, factor, y), true, false)};
}

std::vector<Value> inverse(OperationCall& call) {
  const Value y = on_matrix(call, LinearAlgebra::inverse, square_matrices_of(call, 0));
  return {call.flag(1, false) ? transposed_matrices(call, y) : y};
}

std::vector<Value> sign_and_logarithm(OperationCall& call) {
  const Value operands[] = {square_matrices_of(call, 0)};
  return on_matrices(call, LinearAlgebra::determinant, operands);
}

std::vector<Value> determinant(OperationCall& call) {
  const std::vector<Value> parts = sign_and_logarithm(call);
  return {call.l.multiply(parts[0], call.l.unary(Function::exp, parts[1]))};
}

// For positive definite matrices: twice the sum of the logarithms of the Cholesky factor's diagonal.
std::vector<Value> logarithm_of_determinant(OperationCall& call) {
  const Value factor = on_matrix(call, LinearAlgebra::cholesky, square_matrices_of(call, 0));
  const Value logarithms = call.l.unary(Function::log, diagonal_of(call, factor));
  const int last[] = {call.l.rank(logarithms) - 1};
  return {call.l.multiply(call.l.reduce(Reduction::sum, logarithms, last), call.l.scalar(2, call.l.dtype(factor)))};
}

}  // namespace

std::vector<Operation> linear_systems_operations() {
  return {
      {{"Solve"}, {}, {"a", "b"}, solve, 2},
      {{"SolveTriangular"}, {}, {"a", "b", "lower"}, solve_triangular, 2},
      {{}, {"linalg.solve"}, {"matrix", "rhs", "adjoint"}, solve_of_tensorflow},
      {{}, {"linalg.triangular_solve"}, {"matrix", "rhs", "lower", "adjoint"}, triangular_of_tensorflow},
      {{}, {"linalg.cholesky_solve"}, {"chol", "rhs"}, cholesky_solve},
      {{}, {"linalg.lstsq"}, {"matrix", "rhs", "l2_regularizer", "fast"}, least_squares_of_tensorflow},
      {{}, {"linalg.matrix_transpose"}, {"a"}, transposed, 1, {"conjugate=False|True"}},
      {{"Inv"}, {"linalg.inv"}, {"x|input", "adjoint"}, inverse},
      {{"Det"}, {"linalg.det"}, {"x|input"}, determinant},
      {{"Slogdet"}, {"linalg.slogdet"}, {"x|input"}, sign_and_logarithm},
      {{"Logdet"}, {"linalg.logdet"}, {"x|matrix"}, logarithm_of_determinant},
  };
}

}  // namespace keraunos::loader
