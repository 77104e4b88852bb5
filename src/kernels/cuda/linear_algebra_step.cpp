// Linear algebra by cuSOLVER and cuBLAS. Matrices without elements need neither.
#include <limits>

#include "kernels/cuda/cusolver/matrix_step.h"

namespace keraunos::cuda {
namespace {

using host::LinearAlgebra;
using host::MatrixShape;

template <class T>
class EmptyStep final : public Step {
 public:
  EmptyStep(const Task& task, const LinearAlgebra& op) : Step(task.context), op_(op), shape_(task, op) {
    kernel = "empty matrices";
    launches = op.task == LinearAlgebra::singular_vectors_full ? 2 : 1;
  }

 private:
  // Whole bases are identities; the determinant of a matrix without elements is 1.
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const LaunchOn on{launch_context(), stream};
    const auto identities = [&](size_t result, int n) {
      fill_identities(static_cast<T*>(operands.out[result]), n, shape_.batch, on);
    };
    if (op_.task == LinearAlgebra::orthogonal_full) identities(0, shape_.m);
    if (op_.task == LinearAlgebra::singular_vectors_full) identities(1, shape_.m), identities(2, shape_.n);
    if (op_.task != LinearAlgebra::determinant || shape_.batch == 0) return;
    identities(0, 1);
    check(cudaMemsetAsync(operands.out[1], 0, static_cast<size_t>(shape_.batch) * sizeof(T), stream), "writing zeros");
  }

  LinearAlgebra op_;
  MatrixShape shape_;
};

bool is_empty(const MatrixShape& shape, const LinearAlgebra& op) {
  return shape.is_empty() || (op.solves() && shape.columns == 0);
}

}  // namespace

host::Verdict support(const Query& query, const LinearAlgebra& op) {
  const MatrixShape shape(query, op);
  if (is_empty(shape, op)) return {};
  if (shape.batch > std::numeric_limits<int>::max()) return host::refused("more matrices than cuSOLVER counts");
  try {
    static_cast<void>(query.context.solver());
  } catch (const DeviceError& missing) {
    return host::refused(missing.what());
  }
  return host::slow("cuSOLVER's calls cannot be part of a CUDA graph, so all steps are enqueued again in each run");
}

StepPointer make_step(const Task& task, const LinearAlgebra& op) {
  if (is_empty(MatrixShape(task, op), op)) return make_for_type<EmptyStep>(task, op);
  if (op.is_triangular()) return make_triangular(task, op);
  switch (op.task) {
    case LinearAlgebra::cholesky:
    case LinearAlgebra::cholesky_or_fault: return make_cholesky(task, op);
    case LinearAlgebra::orthogonal:
    case LinearAlgebra::orthogonal_full: return make_orthogonal(task, op);
    case LinearAlgebra::eigenvalues:
    case LinearAlgebra::eigenvectors: return make_eigen(task, op);
    case LinearAlgebra::singular_values:
    case LinearAlgebra::singular_vectors:
    case LinearAlgebra::singular_vectors_full: return make_singular(task, op);
    default: return make_lower_upper(task, op);
  }
}

}  // namespace keraunos::cuda
