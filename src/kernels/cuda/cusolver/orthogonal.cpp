// QR factors by Householder's reflections. The libraries have no routine that forms Q for a batch, so matrices are enqueued one
// after the other.
#include <algorithm>

#include "kernels/cuda/cusolver/matrix_step.h"

namespace keraunos::cuda {
namespace {

using host::LinearAlgebra;

template <class T>
class OrthogonalStep final : public MatrixStep<T> {
 public:
  using typename MatrixStep<T>::R;

  OrthogonalStep(const Task& task, const LinearAlgebra& op)
      : MatrixStep<T>(task, op), columns_(op.task == LinearAlgebra::orthogonal_full ? this->shape_.m : this->shape_.k()) {
    const int m = this->shape_.m, n = this->shape_.n, k = this->shape_.k();
    stride_ = int64_t{m} * std::max(columns_, n);
    const Solver::Lease solver(*this->solver_);
    int of_q = 0;
    solver.call(R::geqrf_size, "cuSOLVER geqrf", m, n, nullptr, m, &length_);
    solver.call(R::orgqr_size, "cuSOLVER orgqr", m, columns_, k, nullptr, m, nullptr, &of_q);
    length_ = std::max(length_, of_q);
    a_ = this->part(stride_ * this->count_), scales_ = this->part(int64_t{k} * this->count_), work_ = this->part(length_);
    ignored_ = this->template part<int>(1);
    this->kernel = "cuSOLVER geqrf";
    this->launches = 3 + 2 * this->count_;
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const int m = this->shape_.m, n = this->shape_.n, k = this->shape_.k(), count = this->count_;
    T *const a = a_.in(operands), *const scales = scales_.in(operands), *const work = work_.in(operands);
    int* const ignored = ignored_.in(operands);
    this->transpose(a, stride_, this->x(operands), this->shape_.elements(), n, m, n, stream);
    const Solver::Lease solver(*this->solver_, stream);
    for (int64_t i = 0; i < count; ++i)
      solver.call(R::geqrf, "cuSOLVER geqrf", m, n, a + i * stride_, m, scales + i * k, work, length_, ignored);
    copy_upper(a, m, n, columns_, stride_, count, this->result(operands, 1), this->on(stream));
    for (int64_t i = 0; i < count; ++i)
      solver.call(R::orgqr, "cuSOLVER orgqr", m, columns_, k, a + i * stride_, m, scales + i * k, work, length_, ignored);
    this->transpose(this->result(operands), int64_t{m} * columns_, a, stride_, m, columns_, m, stream);
  }

  int columns_;  // of Q
  int length_ = 0;
  int64_t stride_ = 0;
  Part<T> a_, scales_, work_;
  Part<int> ignored_;
};

}  // namespace

StepPointer make_orthogonal(const Task& task, const LinearAlgebra& op) { return make_for_type<OrthogonalStep>(task, op); }

}  // namespace keraunos::cuda
