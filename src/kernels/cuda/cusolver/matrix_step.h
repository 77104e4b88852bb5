// The base of the steps of linear algebra: the shape, the handles, and the parts of the workspace.
#pragma once

#include <memory>

#include "host/ops/linear_algebra.h"
#include "kernels/cuda/copy.h"
#include "kernels/cuda/cusolver/solver.h"
#include "kernels/cuda/matrices.h"
#include "kernels/cuda/runtime/check.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {

/// A batch of more than one matrix up to this size is one call where the library has a routine for batches; those routines are
/// made for many small matrices. Not measured.
inline constexpr int kMostOfBatched = 256;

/// A part of the workspace: `count` elements at an offset.
template <class T>
struct Part {
  int64_t offset = 0;
  T* in(const host::Operands& operands) const {
    return reinterpret_cast<T*>(static_cast<std::byte*>(operands.workspace) + offset);
  }
};

template <class T>
class MatrixStep : public Step {
 public:
  using R = Routines<T>;

  MatrixStep(const Task& task, const host::LinearAlgebra& op)
      : Step(task.context), op_(op), shape_(task, op), solver_(task.context->solver()), count_(static_cast<int>(shape_.batch)) {
    may_be_recorded = false;
  }

 protected:
  template <class U = T>
  Part<U> part(int64_t count) {
    constexpr int64_t kAligned = 256;
    const Part<U> made{workspace_bytes};
    workspace_bytes += (count * static_cast<int64_t>(sizeof(U)) + kAligned - 1) / kAligned * kAligned;
    return made;
  }

  LaunchOn on(cudaStream_t stream) const { return {launch_context(), stream}; }
  const T* x(const host::Operands& operands) const { return static_cast<const T*>(operands.in[0]); }
  T* result(const host::Operands& operands, size_t index = 0) const { return static_cast<T*>(operands.out[index]); }

  void copy(T* to, const T* from, int64_t elements, cudaStream_t stream) const {
    check(cudaMemcpyAsync(to, from, static_cast<size_t>(elements) * sizeof(T), cudaMemcpyDeviceToDevice, stream),
          "copying matrices");
  }
  /// to (rows, columns), row-major, of each matrix = from, column-major with `leading` rows; strides in elements of a matrix.
  void transpose(T* to, int64_t to_stride, const T* from, int64_t from_stride, int rows, int columns, int leading,
                 cudaStream_t stream) const {
    Walk<2> walk;
    walk.add_axis(count_, {to_stride, from_stride});
    walk.add_axis(rows, {columns, 1});
    walk.add_axis(columns, {1, leading});
    launch_copy(walk, sizeof(T), to, from, launch_context(), stream);
  }
  void clear(int* values, int64_t count, cudaStream_t stream) const {
    check(cudaMemsetAsync(values, 0, static_cast<size_t>(count) * sizeof(int), stream), "clearing codes");
  }

  const host::LinearAlgebra op_;
  const host::MatrixShape shape_;
  const std::shared_ptr<const Solver> solver_;
  const int count_;  // of matrices
};

/// For matrices with elements, and right-hand sides with columns.
StepPointer make_cholesky(const Task& task, const host::LinearAlgebra& op);
StepPointer make_lower_upper(const Task& task, const host::LinearAlgebra& op);  ///< also inverse, determinant and solve
StepPointer make_triangular(const Task& task, const host::LinearAlgebra& op);
StepPointer make_orthogonal(const Task& task, const host::LinearAlgebra& op);
StepPointer make_eigen(const Task& task, const host::LinearAlgebra& op);
StepPointer make_singular(const Task& task, const host::LinearAlgebra& op);

template <template <class> class S>
StepPointer make_for_type(const Task& task, const host::LinearAlgebra& op) {
  if (task.in(0).dtype == DType::float64) return std::make_unique<S<double>>(task, op);
  return std::make_unique<S<float>>(task, op);
}

}  // namespace keraunos::cuda
