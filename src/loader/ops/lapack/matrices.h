// Linear algebra on each matrix of a batch, with LAPACK. It runs on the host: under CUDA with copies before and after, which the
// plan shows.
#pragma once

#include <span>
#include <vector>

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// The result for x (…, m, n), with k = min(m, n).
enum class MatrixTask : uint8_t {
  cholesky,               ///< L of L·Lᵀ from the lower triangle of x; NaN where x is not positive definite
  cholesky_or_fault,      ///< the same, with a DataError where x is not positive definite
  lower_upper,            ///< L below the diagonal and U, then the indices of the corresponding rows of x (int32)
  orthogonal,             ///< Q (m, k), R (k, n)
  orthogonal_full,        ///< Q (m, m), R (m, n)
  eigenvalues,            ///< ascending, from the lower triangle of x
  eigenvectors,           ///< the eigenvalues, then the vectors as columns
  singular_values,        ///< descending (k)
  singular_vectors,       ///< the singular values, U (m, k), Vᵀ (k, n)
  singular_vectors_full,  ///< the singular values, U (m, m), Vᵀ (n, n)
  inverse,
  determinant,       ///< its sign, then the logarithm of its absolute value
  solve,             ///< x⁻¹ · y with the second operand y (…, n, p)
  solve_transposed,  ///< the same with xᵀ
  solve_lower,       ///< the same with the lower triangle of x only
  solve_upper,
  solve_lower_transposed,
  solve_upper_transposed,
};

/// Operands are float32 or float64 with equal batch axes. A singular matrix, where an inverse is needed, is a DataError.
std::vector<Value> on_matrices(OperationCall& call, MatrixTask task, std::span<const Value> operands);

}  // namespace keraunos::loader
