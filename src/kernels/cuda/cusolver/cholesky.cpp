// Cholesky factors and systems with triangular matrices. Row-major matrices are the transposes of column-major ones: the lower
// triangle of x is the upper one for the library, so neither needs a transposition.
#include "kernels/cuda/cusolver/matrix_step.h"

namespace keraunos::cuda {
namespace {

using host::LinearAlgebra;

template <class T>
class CholeskyStep final : public MatrixStep<T> {
 public:
  using typename MatrixStep<T>::R;

  CholeskyStep(const Task& task, const LinearAlgebra& op)
      : MatrixStep<T>(task, op), is_batched_(this->count_ > 1 && this->shape_.n <= kMostOfBatched) {
    const Solver::Lease solver(*this->solver_);
    const int n = this->shape_.n;
    if (!is_batched_) solver.call(R::potrf_size, "cuSOLVER potrf", CUBLAS_FILL_MODE_UPPER, n, nullptr, n, &length_);
    work_ = this->part(length_);
    marks_ = this->template part<int>(this->count_), codes_ = this->template part<int>(this->count_);
    if (is_batched_) addresses_ = this->template part<T*>(this->count_);
    this->kernel = is_batched_ ? "cuSOLVER potrfBatched" : "cuSOLVER potrf";
    this->launches = (is_batched_ ? 2 : this->count_) + 2 + (op.task == LinearAlgebra::cholesky_or_fault ? 2 : 0);
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const int n = this->shape_.n, count = this->count_;
    const int64_t size = this->shape_.elements();
    T* const lower = this->result(operands);
    int *const marks = marks_.in(operands), *const codes = codes_.in(operands);
    const LaunchOn on = this->on(stream);
    this->copy(lower, this->x(operands), size * count, stream);
    this->clear(marks, count, stream);
    this->clear(codes, count, stream);
    factor(lower, codes, operands, stream);
    mark_unusual_lower(Unusual::nan, lower, n, count, marks, on);
    finish_lower(lower, n, count, marks, codes, on);
    if (this->op_.task != LinearAlgebra::cholesky_or_fault) return;
    mark_unusual(Unusual::not_finite, lower, size, count, marks, on);
    raise_failed(count, marks, codes, operands.error, on);
  }

  void factor(T* lower, int* codes, const host::Operands& operands, cudaStream_t stream) const {
    const int n = this->shape_.n, count = this->count_;
    const int64_t size = this->shape_.elements();
    if (is_batched_) list_addresses(lower, size, count, addresses_.in(operands), this->on(stream));
    const Solver::Lease solver(*this->solver_, stream);
    if (is_batched_)
      return solver.call(R::potrf_batched, "cuSOLVER potrfBatched", CUBLAS_FILL_MODE_UPPER, n, addresses_.in(operands), n, codes,
                         count);
    for (int i = 0; i < count; ++i)
      solver.call(R::potrf, "cuSOLVER potrf", CUBLAS_FILL_MODE_UPPER, n, lower + i * size, n, work_.in(operands), length_,
                  codes + i);
  }

  bool is_batched_;
  int length_ = 0;
  Part<T> work_;
  Part<T*> addresses_;
  Part<int> marks_, codes_;
};

// yᵀ = resultᵀ · xᵀ, column-major, where resultᵀ has `columns` rows.
template <class T>
class TriangularStep final : public MatrixStep<T> {
 public:
  using typename MatrixStep<T>::R;

  TriangularStep(const Task& task, const LinearAlgebra& op)
      : MatrixStep<T>(task, op), is_batched_(this->count_ > 1 && this->shape_.n <= kMostOfBatched) {
    if (is_batched_) matrices_ = this->template part<const T*>(this->count_), rights_ = this->template part<T*>(this->count_);
    this->kernel = is_batched_ ? "cuBLAS trsmBatched" : "cuBLAS trsm";
    this->launches = is_batched_ ? 3 : this->count_;
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const int n = this->shape_.n, columns = this->shape_.columns, count = this->count_;
    const int64_t size = this->shape_.elements(), right = int64_t{n} * columns;
    const T one = 1, *const x = this->x(operands);
    T* const y = this->result(operands);
    const LinearAlgebra::Task task = this->op_.task;
    const bool lower = task == LinearAlgebra::solve_lower || task == LinearAlgebra::solve_lower_transposed;
    const bool transposed = task == LinearAlgebra::solve_lower_transposed || task == LinearAlgebra::solve_upper_transposed;
    const auto fill = lower ? CUBLAS_FILL_MODE_UPPER : CUBLAS_FILL_MODE_LOWER;
    const auto form = transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    this->copy(y, static_cast<const T*>(operands.in[1]), right * count, stream);
    if (is_batched_) {
      list_addresses(x, size, count, matrices_.in(operands), this->on(stream));
      list_addresses(y, right, count, rights_.in(operands), this->on(stream));
    }
    const Solver::Lease solver(*this->solver_, stream);
    if (is_batched_)
      return solver.call(R::trsm_batched, "cuBLAS trsmBatched", CUBLAS_SIDE_RIGHT, fill, form, CUBLAS_DIAG_NON_UNIT, columns, n,
                         &one, matrices_.in(operands), n, rights_.in(operands), columns, count);
    for (int i = 0; i < count; ++i)
      solver.call(R::trsm, "cuBLAS trsm", CUBLAS_SIDE_RIGHT, fill, form, CUBLAS_DIAG_NON_UNIT, columns, n, &one, x + i * size, n,
                  y + i * right, columns);
  }

  bool is_batched_;
  Part<const T*> matrices_;
  Part<T*> rights_;
};

}  // namespace

StepPointer make_cholesky(const Task& task, const LinearAlgebra& op) { return make_for_type<CholeskyStep>(task, op); }
StepPointer make_triangular(const Task& task, const LinearAlgebra& op) { return make_for_type<TriangularStep>(task, op); }

}  // namespace keraunos::cuda
