// Operands and nodes of linear algebra.
#pragma once

#include <span>
#include <vector>

#include "host/ops/linear_algebra.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {

using host::LinearAlgebra;

/// A tensor of at least rank 2, of float32 or float64.
Value matrices_of(OperationCall& call, size_t parameter);
/// The same, with square matrices.
Value square_matrices_of(OperationCall& call, size_t parameter);

/// Parameters 0 and 1 in one dtype; parameter 0 holds square matrices.
struct EquationSystem {
  Value x, y;
};
EquationSystem system_of(OperationCall& call);

/// The results of a task. Operands are float32 or float64 with equal batch axes.
std::vector<Value> on_matrices(OperationCall& call, LinearAlgebra::Task task, std::span<const Value> operands);
/// The first of them.
Value on_matrix(OperationCall& call, LinearAlgebra::Task task, Value x);
/// x⁻¹ · y by a solving task; batch axes are broadcast.
Value solved(OperationCall& call, LinearAlgebra::Task task, Value x, Value y);
LinearAlgebra::Task triangular_task(bool lower, bool transposed);

/// The last two axes exchanged.
Value transposed_matrices(OperationCall& call, Value x);
/// The identity (n, n) of x's dtype.
Value identity_like(OperationCall& call, Value x, int64_t n);
/// The distance from 1 to the next number of x's dtype.
double epsilon_of(OperationCall& call, Value x);

}  // namespace keraunos::loader
