#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: x (B, m, n), float32 or float64; tasks that solve also y (B, n, p) of the same type, with equal batch axes. Each matrix of
/// the batch is computed by itself: by LAPACK on a CPU, by cuSOLVER and cuBLAS on a GPU. Results with k = min(m, n): see Task.
///
///     const auto parts = graph.add(host::LinearAlgebra{host::LinearAlgebra::eigenvectors}, {x});
///     const Value values = parts[0], vectors = parts[1];
///
/// is one step on the model's device, in the plan's text "linear_algebra eigenvectors  [LAPACK syevd]" or "[cuSOLVER syevd]".
/// Operations of files call on_matrices() (loader/ops/matrices.h), whose refusals name the layer.
struct LinearAlgebra {
  static constexpr OpTraits traits{.may_fault = true, .has_cost = true};
  /// The libraries count elements and workspace with 32 bits.
  static constexpr int64_t kMostOfAnAxis = 1 << 13;

  enum Task : uint8_t {
    cholesky,               ///< L of L·Lᵀ from the lower triangle of x; NaN where x is not positive definite
    cholesky_or_fault,      ///< the same, with an error where x is not positive definite
    lower_upper,            ///< L below the diagonal and U, then the indices of the corresponding rows of x (int32)
    orthogonal,             ///< Q (m, k), R (k, n)
    orthogonal_full,        ///< Q (m, m), R (m, n)
    eigenvalues,            ///< ascending, from the lower triangle of x
    eigenvectors,           ///< the eigenvalues, then the vectors as columns
    singular_values,        ///< descending (k); NaN, also in the vectors, where x has an element that is not finite
    singular_vectors,       ///< the singular values, U (m, k), Vᵀ (k, n)
    singular_vectors_full,  ///< the singular values, U (m, m), Vᵀ (n, n)
    inverse,                ///< an error where x is singular, as for all tasks below that need an inverse
    determinant,            ///< its sign, then the logarithm of its absolute value
    solve,                  ///< x⁻¹ · y
    solve_transposed,       ///< the same with xᵀ
    solve_lower,            ///< the same with the lower triangle of x only; a zero on the diagonal gives infinities
    solve_upper,
    solve_lower_transposed,
    solve_upper_transposed,
  } task;

  bool solves() const noexcept { return task >= solve; }
  bool is_triangular() const noexcept { return task >= solve_lower; }

  std::string text() const;
  void mix(Hash& hash) const { hash.mix(task); }
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  OpCost cost(const NodeView& node) const;
  std::string fault_text(const NodeView& node) const;
  friend bool operator==(const LinearAlgebra&, const LinearAlgebra&) = default;
};

/// The extents that a kernel needs.
struct MatrixShape {
  int64_t batch;
  int m, n;
  int columns;  ///< of y; 0 without one

  MatrixShape(const NodeView& node, const LinearAlgebra& op);
  int k() const noexcept { return m < n ? m : n; }
  int64_t elements() const noexcept { return int64_t{m} * n; }
  bool is_empty() const noexcept { return batch == 0 || m == 0 || n == 0; }
};

}  // namespace keraunos::host
