// LU factors, and what follows from them: inverses, determinants and solutions. For all but the factors themselves the library
// factors the transpose of x, which is x as it is stored.
#include "kernels/cuda/cusolver/matrix_step.h"

namespace keraunos::cuda {
namespace {

using host::LinearAlgebra;

template <class T>
class LowerUpperStep final : public MatrixStep<T> {
 public:
  using typename MatrixStep<T>::R;

  LowerUpperStep(const Task& task, const LinearAlgebra& op)
      : MatrixStep<T>(task, op),
        is_batched_(this->count_ > 1 && this->shape_.n <= kMostOfBatched),
        has_rights_(op.task != LinearAlgebra::lower_upper && op.task != LinearAlgebra::determinant) {
    const int n = this->shape_.n, count = this->count_;
    const Solver::Lease solver(*this->solver_);
    if (!is_batched_) solver.call(R::getrf_size, "cuSOLVER getrf", n, n, nullptr, n, &length_);
    a_ = this->part(this->shape_.elements() * count), work_ = this->part(length_);
    if (op.solves()) right_ = this->part(int64_t{n} * this->shape_.columns * count);
    swaps_ = this->template part<int>(int64_t{n} * count);
    marks_ = this->template part<int>(count), codes_ = this->template part<int>(count), ignored_ = this->template part<int>(1);
    if (is_batched_) matrices_ = this->template part<T*>(count), rights_ = this->template part<T*>(count);
    this->kernel = is_batched_ ? "cuBLAS getrfBatched" : "cuSOLVER getrf";
    this->launches = (is_batched_ ? 2 : count) * (has_rights_ ? 2 : 1) + 6;
  }

 private:
  void run(const host::Operands& operands, cudaStream_t stream) const override {
    const int n = this->shape_.n, count = this->count_;
    const int64_t size = this->shape_.elements();
    const bool is_determinant = this->op_.task == LinearAlgebra::determinant;
    const T* const x = this->x(operands);
    T* const a = a_.in(operands);
    int *const marks = marks_.in(operands), *const codes = codes_.in(operands), *const swaps = swaps_.in(operands);
    const LaunchOn on = this->on(stream);
    if (this->op_.task == LinearAlgebra::lower_upper)
      this->transpose(a, size, x, size, n, n, n, stream);
    else
      this->copy(a, x, size * count, stream);
    this->clear(marks, count, stream);
    this->clear(codes, count, stream);
    mark_unusual(is_determinant ? Unusual::nan : Unusual::not_finite, x, size, count, marks, on);
    if (!is_determinant) clear_marked(a, size, count, marks, on);
    T* const rights = prepare_rights(operands, stream);
    {
      const Solver::Lease solver(*this->solver_, stream);
      factor(solver, operands, stream);
      if (has_rights_) solve(solver, rights, operands, stream);
    }
    if (is_determinant)
      return write_determinants(a, swaps, n, count, marks, this->result(operands, 0), this->result(operands, 1), on);
    if (this->op_.solves())
      this->transpose(this->result(operands), right_size(), rights, right_size(), n, this->shape_.columns, n, stream);
    if (this->op_.task == LinearAlgebra::lower_upper) {
      this->transpose(this->result(operands), size, a, size, n, n, n, stream);
      apply_swaps(swaps, n, count, static_cast<int32_t*>(operands.out[1]), on);
    }
    raise_failed(count, marks, codes, operands.error, on);
  }

  int64_t right_size() const { return int64_t{this->shape_.n} * right_columns(); }
  int right_columns() const { return this->op_.solves() ? this->shape_.columns : this->shape_.n; }

  /// The right-hand sides, column-major: y, or for an inverse the identity, which is solved in place of the result.
  T* prepare_rights(const host::Operands& operands, cudaStream_t stream) const {
    if (!has_rights_) return nullptr;
    const int n = this->shape_.n;
    if (!this->op_.solves()) {
      fill_identities(this->result(operands), n, this->count_, this->on(stream));
      return this->result(operands);
    }
    const T* const y = static_cast<const T*>(operands.in[1]);
    this->transpose(right_.in(operands), right_size(), y, right_size(), this->shape_.columns, n, this->shape_.columns, stream);
    return right_.in(operands);
  }

  void factor(const Solver::Lease& solver, const host::Operands& operands, cudaStream_t stream) const {
    const int n = this->shape_.n, count = this->count_;
    T* const a = a_.in(operands);
    if (is_batched_) {
      list_addresses(a, this->shape_.elements(), count, matrices_.in(operands), this->on(stream));
      return solver.call(R::getrf_batched, "cuBLAS getrfBatched", n, matrices_.in(operands), n, swaps_.in(operands),
                         codes_.in(operands), count);
    }
    for (int64_t i = 0; i < count; ++i)
      solver.call(R::getrf, "cuSOLVER getrf", n, n, a + i * this->shape_.elements(), n, work_.in(operands),
                  swaps_.in(operands) + i * n, codes_.in(operands) + i);
  }

  void solve(const Solver::Lease& solver, T* rights, const host::Operands& operands, cudaStream_t stream) const {
    const int n = this->shape_.n, columns = right_columns(), count = this->count_;
    const auto form = this->op_.task == LinearAlgebra::solve ? CUBLAS_OP_T : CUBLAS_OP_N;
    if (is_batched_) {
      list_addresses(rights, right_size(), count, rights_.in(operands), this->on(stream));
      int wrong_argument = 0;
      return solver.call(R::getrs_batched, "cuBLAS getrsBatched", form, n, columns, matrices_.in(operands), n,
                         swaps_.in(operands), rights_.in(operands), n, &wrong_argument, count);
    }
    for (int64_t i = 0; i < count; ++i)
      solver.call(R::getrs, "cuSOLVER getrs", form, n, columns, a_.in(operands) + i * this->shape_.elements(), n,
                  swaps_.in(operands) + i * n, rights + i * right_size(), n, ignored_.in(operands));
  }

  bool is_batched_, has_rights_;
  int length_ = 0;
  Part<T> a_, work_, right_;
  Part<int> swaps_, marks_, codes_, ignored_;
  Part<T*> matrices_, rights_;
};

}  // namespace

StepPointer make_lower_upper(const Task& task, const LinearAlgebra& op) { return make_for_type<LowerUpperStep>(task, op); }

}  // namespace keraunos::cuda
