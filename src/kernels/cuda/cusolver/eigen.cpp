// Eigenvalues and eigenvectors of symmetric matrices: batches of small ones by Jacobi's method, others by divide and conquer.
#include "kernels/cuda/cusolver/matrix_step.h"

namespace keraunos::cuda {
namespace {

using host::LinearAlgebra;

constexpr int kMostOfJacobi = 32;  // larger ones work too, but the library's kernel for a batch is made for these

template <class T>
class EigenStep final : public MatrixStep<T> {
 public:
  using typename MatrixStep<T>::R;

  EigenStep(const Task& task, const LinearAlgebra& op)
      : MatrixStep<T>(task, op),
        is_batched_(this->count_ > 1 && this->shape_.n <= kMostOfJacobi),
        mode_(op.task == LinearAlgebra::eigenvectors ? CUSOLVER_EIG_MODE_VECTOR : CUSOLVER_EIG_MODE_NOVECTOR) {
    const int n = this->shape_.n, count = this->count_;
    const Solver::Lease solver(*this->solver_);
    if (is_batched_)
      solver.call(R::syevj_size, "cuSOLVER syevjBatched", mode_, CUBLAS_FILL_MODE_UPPER, n, nullptr, n, nullptr, &length_,
                  solver.eigen_parameters(), count);
    else
      solver.call(R::syevd_size, "cuSOLVER syevd", mode_, CUBLAS_FILL_MODE_UPPER, n, nullptr, n, nullptr, &length_);
    a_ = this->part(this->shape_.elements() * count), work_ = this->part(length_);
    marks_ = this->template part<int>(count), codes_ = this->template part<int>(count);
    this->kernel = is_batched_ ? "cuSOLVER syevjBatched" : "cuSOLVER syevd";
    this->launches = (is_batched_ ? 1 : count) + 5;
  }

 private:
  // The lower triangle of x is the upper one for the library. Vectors are columns of a column-major matrix.
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const int n = this->shape_.n, count = this->count_;
    const int64_t size = this->shape_.elements();
    T* const a = a_.in(operands);
    int *const marks = marks_.in(operands), *const codes = codes_.in(operands);
    const LaunchOn on = this->on(stream);
    this->copy(a, this->x(operands), size * count, stream);
    this->clear(marks, count, stream);
    this->clear(codes, count, stream);
    mark_unusual(Unusual::not_finite, this->x(operands), size, count, marks, on);
    clear_marked(a, size, count, marks, on);
    decompose(a, this->result(operands), codes, operands, stream);
    if (mode_ == CUSOLVER_EIG_MODE_VECTOR) this->transpose(this->result(operands, 1), size, a, size, n, n, n, stream);
    raise_failed(count, marks, codes, operands.error, on);
  }

  void decompose(T* a, T* values, int* codes, const host::Operands& operands, cudaStream_t stream) const {
    const int n = this->shape_.n, count = this->count_;
    T* const work = work_.in(operands);
    const Solver::Lease solver(*this->solver_, stream);
    if (is_batched_)
      return solver.call(R::syevj_batched, "cuSOLVER syevjBatched", mode_, CUBLAS_FILL_MODE_UPPER, n, a, n, values, work, length_,
                         codes, solver.eigen_parameters(), count);
    for (int64_t i = 0; i < count; ++i)
      solver.call(R::syevd, "cuSOLVER syevd", mode_, CUBLAS_FILL_MODE_UPPER, n, a + i * this->shape_.elements(), n,
                  values + i * n, work, length_, codes + i);
  }

  bool is_batched_;
  cusolverEigMode_t mode_;
  int length_ = 0;
  Part<T> a_, work_;
  Part<int> marks_, codes_;
};

}  // namespace

StepPointer make_eigen(const Task& task, const LinearAlgebra& op) { return make_for_type<EigenStep>(task, op); }

}  // namespace keraunos::cuda
