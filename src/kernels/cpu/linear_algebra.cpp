// Linear algebra on each matrix of a batch, by LAPACK. Threads divide the batch; each has a workspace of its own.
#include "host/ops/linear_algebra.h"

#include <atomic>

#include "kernels/cpu/lapack/matrix.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu {
namespace {

using host::LinearAlgebra;
using host::MatrixShape;

constexpr const char* routine_of(LinearAlgebra::Task task) {
  switch (task) {
    case LinearAlgebra::cholesky:
    case LinearAlgebra::cholesky_or_fault: return "LAPACK potrf";
    case LinearAlgebra::orthogonal:
    case LinearAlgebra::orthogonal_full: return "LAPACK geqrf";
    case LinearAlgebra::eigenvalues:
    case LinearAlgebra::eigenvectors: return "LAPACK syevd";
    case LinearAlgebra::singular_values:
    case LinearAlgebra::singular_vectors:
    case LinearAlgebra::singular_vectors_full: return "LAPACK gesdd";
    case LinearAlgebra::solve_lower:
    case LinearAlgebra::solve_upper:
    case LinearAlgebra::solve_lower_transposed:
    case LinearAlgebra::solve_upper_transposed: return "BLAS trsm";
    default: return "LAPACK getrf";
  }
}

template <class T>
class LinearAlgebraStep final : public host::Step {
 public:
  LinearAlgebraStep(const Task& task, const LinearAlgebra& op)
      : workers_(task.cpu.workers), op_(op), shape_(task, op), sizes_(op.task, shape_) {
    constexpr double kNanosecondsAProduct = 0.3;
    for (size_t i = 0; i < task.node.out.size(); ++i) results_[i] = of_one(task.out(i));
    threads_ = threads_for(task.cpu.threads, shape_.batch, op.cost(task).products * kNanosecondsAProduct);
    workspace_bytes = sizes_.bytes() * threads_;
    kernel = routine_of(op.task);
  }

  void enqueue(const host::Operands& operands) const override {
    share_out(workers_.get(), threads_, shape_.batch, [&](int64_t begin, int64_t end, int thread) {
      const auto own = sizes_.in(static_cast<std::byte*>(operands.workspace) + thread * sizes_.bytes());
      for (int64_t i = begin; i < end; ++i) {
        if (!compute(operands, i, own)) report(operands.error, i);
      }
    });
  }

 private:
  int64_t of_one(const host::ValueInfo& result) const {
    return shape_.batch == 0 ? 0 : host::elements_of(result.shape) / shape_.batch;
  }

  /// Matrix i of a result; null where the result is absent or without elements.
  T* result(const host::Operands& operands, size_t index, int64_t i) const {
    return results_[index] == 0 ? nullptr : static_cast<T*>(operands.out[index]) + i * results_[index];
  }

  bool compute(const host::Operands& operands, int64_t i, const lapack::Workspace<T>& own) const {
    const lapack::Matrix<T> x{shape_.m, shape_.n, static_cast<const T*>(operands.in[0]) + i * shape_.elements(), own};
    T *first = result(operands, 0, i), *second = result(operands, 1, i), *third = result(operands, 2, i);
    if (x.size() == 0 && op_.task != LinearAlgebra::determinant) return fill_empty(first, second, third);
    if (op_.solves()) {
      const T* y = static_cast<const T*>(operands.in[1]) + i * int64_t{shape_.n} * shape_.columns;
      return shape_.columns == 0 || solve(x, y, first);
    }
    switch (op_.task) {
      case LinearAlgebra::cholesky: return x.cholesky(first), true;
      case LinearAlgebra::cholesky_or_fault: return x.cholesky(first);
      case LinearAlgebra::lower_upper: return x.lower_upper(first, static_cast<int32_t*>(operands.out[1]) + i * shape_.n);
      case LinearAlgebra::orthogonal: return x.orthogonal(first, second, false), true;
      case LinearAlgebra::orthogonal_full: return x.orthogonal(first, second, true), true;
      case LinearAlgebra::eigenvalues: return x.eigen(first, nullptr);
      case LinearAlgebra::eigenvectors: return x.eigen(first, second);
      case LinearAlgebra::singular_values: return x.singular(first, nullptr, nullptr, false), true;
      case LinearAlgebra::singular_vectors: return x.singular(first, second, third, false), true;
      case LinearAlgebra::singular_vectors_full: return x.singular(first, second, third, true), true;
      case LinearAlgebra::inverse: return x.inverse(first);
      default: return x.determinant(first, second), true;
    }
  }

  bool solve(const lapack::Matrix<T>& x, const T* y, T* to) const {
    const int columns = shape_.columns;
    switch (op_.task) {
      case LinearAlgebra::solve: return x.solve(y, to, columns, false);
      case LinearAlgebra::solve_transposed: return x.solve(y, to, columns, true);
      case LinearAlgebra::solve_lower: return x.solve_triangular(y, to, columns, true, false), true;
      case LinearAlgebra::solve_upper: return x.solve_triangular(y, to, columns, false, false), true;
      case LinearAlgebra::solve_lower_transposed: return x.solve_triangular(y, to, columns, true, true), true;
      default: return x.solve_triangular(y, to, columns, false, true), true;
    }
  }

  /// A matrix without elements: its whole bases are identities.
  bool fill_empty(T* first, T* second, T* third) const {
    const auto fill = [](T* to, int n) {
      for (int64_t i = 0; to != nullptr && i < int64_t{n} * n; ++i) to[i] = i % (n + 1) == 0 ? T{1} : T{0};
    };
    if (op_.task == LinearAlgebra::orthogonal_full) fill(first, shape_.m);
    if (op_.task == LinearAlgebra::singular_vectors_full) fill(second, shape_.m), fill(third, shape_.n);
    return true;
  }

  static void report(host::ErrorWord* error, int64_t found) {
    if (error == nullptr) return;
    int32_t none = 0;
    if (std::atomic_ref<int32_t>(error->raised).compare_exchange_strong(none, 1)) error->found = found;
  }

  std::shared_ptr<Workers> workers_;
  LinearAlgebra op_;
  MatrixShape shape_;
  lapack::WorkspaceSizes<T> sizes_;
  int64_t results_[3] = {};  // elements of one matrix of each result
  int threads_ = 1;
};

}  // namespace

host::Verdict support(const Query&, const LinearAlgebra&) { return {}; }
StepPointer make_step(const Task& task, const LinearAlgebra& op) {
  if (task.in(0).dtype == DType::float64) return std::make_unique<LinearAlgebraStep<double>>(task, op);
  return std::make_unique<LinearAlgebraStep<float>>(task, op);
}

}  // namespace keraunos::cpu
