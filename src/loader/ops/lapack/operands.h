// Operands of linear algebra.
#pragma once

#include "loader/ops/lapack/matrices.h"

namespace keraunos::loader {

/// A tensor of at least rank 2, of float32 or float64.
Value matrices_of(OperationCall& call, size_t parameter);
/// The same, with square matrices.
Value square_matrices_of(OperationCall& call, size_t parameter);

/// Parameters 0 and 1 in one dtype; parameter 0 holds square matrices.
struct EquationSystem {
  Value x, y;
};
EquationSystem system_of(OperationCall& call);

/// The first result of a task.
Value on_matrix(OperationCall& call, MatrixTask task, Value x);
/// x⁻¹ · y by a solving task; batch axes are broadcast.
Value solved(OperationCall& call, MatrixTask task, Value x, Value y);
MatrixTask triangular_task(bool lower, bool transposed);

/// The last two axes exchanged.
Value transposed_matrices(OperationCall& call, Value x);
/// The identity (n, n) of x's dtype.
Value identity_like(OperationCall& call, Value x, int64_t n);
/// The distance from 1 to the next number of x's dtype.
double epsilon_of(OperationCall& call, Value x);

}  // namespace keraunos::loader
