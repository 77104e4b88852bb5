// Singular values and vectors: batches of small matrices by Jacobi's method, others by QR iterations.
#include "kernels/cuda/cusolver/matrix_step.h"

namespace keraunos::cuda {
namespace {

using host::LinearAlgebra;

template <class T>
class SingularStep : public MatrixStep<T> {
 public:
  SingularStep(const Task& task, const LinearAlgebra& op)
      : MatrixStep<T>(task, op),
        has_vectors_(op.task != LinearAlgebra::singular_values),
        is_full_(op.task == LinearAlgebra::singular_vectors_full),
        width_(is_full_ ? this->shape_.m : this->shape_.k()),
        height_(is_full_ ? this->shape_.n : this->shape_.k()) {
    a_ = this->part(this->shape_.elements() * this->count_);
    marks_ = this->template part<int>(this->count_), codes_ = this->template part<int>(this->count_);
  }

 protected:
  /// From x copied into a to the results.
  virtual void decompose(const host::Operands& operands, cudaStream_t stream) const = 0;
  virtual void load(const host::Operands& operands, cudaStream_t stream) const {
    this->copy(a_.in(operands), this->x(operands), this->shape_.elements() * this->count_, stream);
  }

  const bool has_vectors_, is_full_;
  const int width_, height_;  // columns of U, rows of Vᵀ
  Part<T> a_;
  Part<int> marks_, codes_;

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const final {
    const int m = this->shape_.m, n = this->shape_.n, count = this->count_;
    const int64_t size = this->shape_.elements();
    int *const marks = marks_.in(operands), *const codes = codes_.in(operands);
    const LaunchOn on = this->on(stream);
    load(operands, stream);
    this->clear(marks, count, stream);
    this->clear(codes, count, stream);
    mark_unusual(Unusual::not_finite, this->x(operands), size, count, marks, on);
    clear_marked(a_.in(operands), size, count, marks, on);
    decompose(operands, stream);
    spoil_failed(this->result(operands), this->shape_.k(), count, marks, codes, on);
    if (!has_vectors_) return;
    spoil_failed(this->result(operands, 1), int64_t{m} * width_, count, marks, codes, on);
    spoil_failed(this->result(operands, 2), int64_t{height_} * n, count, marks, codes, on);
  }
};

/// The library computes xᵀ = U'·S·V'ᵀ, with all vectors; so U is V', and Vᵀ is U'ᵀ.
template <class T>
class JacobiStep final : public SingularStep<T> {
 public:
  using typename MatrixStep<T>::R;

  JacobiStep(const Task& task, const LinearAlgebra& op)
      : SingularStep<T>(task, op), mode_(this->has_vectors_ ? CUSOLVER_EIG_MODE_VECTOR : CUSOLVER_EIG_MODE_NOVECTOR) {
    const int m = this->shape_.m, n = this->shape_.n, count = this->count_;
    const Solver::Lease solver(*this->solver_);
    solver.call(R::gesvdj_size, kName, mode_, n, m, nullptr, n, nullptr, nullptr, n, nullptr, m, &length_,
                solver.singular_parameters(), count);
    left_ = this->part(int64_t{n} * n * count), right_ = this->part(int64_t{m} * m * count), work_ = this->part(length_);
    this->kernel = kName;
    this->launches = this->has_vectors_ ? 8 : 4;
  }

 private:
  static constexpr const char* kName = "cuSOLVER gesvdjBatched";

  void decompose(const host::Operands& operands, cudaStream_t stream) const override {
    const int m = this->shape_.m, n = this->shape_.n, count = this->count_;
    T *const left = left_.in(operands), *const right = right_.in(operands);
    {
      const Solver::Lease solver(*this->solver_, stream);
      solver.call(R::gesvdj_batched, kName, mode_, n, m, this->a_.in(operands), n, this->result(operands), left, n, right, m,
                  work_.in(operands), length_, this->codes_.in(operands), solver.singular_parameters(), count);
    }
    if (!this->has_vectors_) return;
    const int width = this->width_, height = this->height_;
    this->transpose(this->result(operands, 1), int64_t{m} * width, right, int64_t{m} * m, m, width, m, stream);
    Walk<2> rows;
    rows.add_axis(count, {int64_t{height} * n, int64_t{n} * n});
    rows.add_axis(int64_t{height} * n, {1, 1});
    launch_copy(rows, sizeof(T), this->result(operands, 2), left, this->launch_context(), stream);
  }

  cusolverEigMode_t mode_;
  int length_ = 0;
  Part<T> left_, right_, work_;
};

/// The library takes matrices with at least as many rows as columns. A wide x is such a matrix as it is stored, and the
/// results are too; a tall one is transposed first.
template <class T>
class QrIterationStep final : public SingularStep<T> {
 public:
  using typename MatrixStep<T>::R;

  QrIterationStep(const Task& task, const LinearAlgebra& op)
      : SingularStep<T>(task, op), is_tall_(this->shape_.m > this->shape_.n) {
    const int m = this->shape_.m, n = this->shape_.n, count = this->count_;
    const Solver::Lease solver(*this->solver_);
    solver.call(R::gesvd_size, "cuSOLVER gesvd", is_tall_ ? m : n, is_tall_ ? n : m, &length_);
    work_ = this->part(length_);
    if (is_tall_ && this->has_vectors_) {
      left_ = this->part(int64_t{m} * this->width_ * count), right_ = this->part(int64_t{n} * n * count);
    }
    this->kernel = "cuSOLVER gesvd";
    this->launches = count + (this->has_vectors_ ? 8 : 4);
  }

 private:
  void load(const host::Operands& operands, cudaStream_t stream) const override {
    if (!is_tall_) return SingularStep<T>::load(operands, stream);
    const int m = this->shape_.m, n = this->shape_.n;
    const int64_t size = this->shape_.elements();
    this->transpose(this->a_.in(operands), size, this->x(operands), size, n, m, n, stream);
  }

  void decompose(const host::Operands& operands, cudaStream_t stream) const override {
    const int m = this->shape_.m, n = this->shape_.n, width = this->width_;
    if (!is_tall_) return decompose(n, m, this->height_, vectors(operands, 2), vectors(operands, 1), operands, stream);
    T *const left = left_.in(operands), *const right = right_.in(operands);
    decompose(m, n, width, left, right, operands, stream);
    if (!this->has_vectors_) return;
    this->transpose(this->result(operands, 1), int64_t{m} * width, left, int64_t{m} * width, m, width, m, stream);
    this->transpose(this->result(operands, 2), int64_t{n} * n, right, int64_t{n} * n, n, n, n, stream);
  }

  T* vectors(const host::Operands& operands, size_t index) const {
    return this->has_vectors_ ? this->result(operands, index) : nullptr;
  }

  // left (rows, left_columns) and right (columns, columns), column-major; right is transposed.
  void decompose(int rows, int columns, int left_columns, T* left, T* right, const host::Operands& operands,
                 cudaStream_t stream) const {
    const int64_t size = this->shape_.elements(), left_size = int64_t{rows} * left_columns;
    const auto job = static_cast<signed char>(!this->has_vectors_ ? 'N' : this->is_full_ ? 'A' : 'S');
    const auto of = [&](T* vectors, int64_t offset) { return this->has_vectors_ ? vectors + offset : nullptr; };
    const Solver::Lease solver(*this->solver_, stream);
    for (int64_t i = 0; i < this->count_; ++i)
      solver.call(R::gesvd, "cuSOLVER gesvd", job, job, rows, columns, this->a_.in(operands) + i * size, rows,
                  this->result(operands) + i * columns, of(left, i * left_size), rows, of(right, i * columns * columns), columns,
                  work_.in(operands), length_, nullptr, this->codes_.in(operands) + i);
  }

  bool is_tall_;
  int length_ = 0;
  Part<T> work_, left_, right_;
};

}  // namespace

StepPointer make_singular(const Task& task, const LinearAlgebra& op) {
  constexpr int kMostOfBatches = 32;  // the library's limit
  const host::MatrixShape shape(task, op);
  if (shape.batch > 1 && shape.m <= kMostOfBatches && shape.n <= kMostOfBatches) return make_for_type<JacobiStep>(task, op);
  return make_for_type<QrIterationStep>(task, op);
}

}  // namespace keraunos::cuda
