#include "loader/ops/lapack/matrices.h"

#include <algorithm>

#include "keraunos/kernel.h"
#include "loader/ops/lapack/matrix.h"

namespace keraunos::loader {
namespace {

struct TaskShape {
  int64_t batch = 1;
  int m = 0, n = 0, columns = 0;  // columns of the second operand
};

TaskShape shape_of_task(std::span<const TensorView> inputs) {
  const Dims& x = inputs[0].dims;
  TaskShape shape;
  for (int axis = 0; axis + 2 < x.rank(); ++axis) shape.batch *= x[axis];
  shape.m = static_cast<int>(x[x.rank() - 2]), shape.n = static_cast<int>(x.back());
  if (inputs.size() > 1) shape.columns = static_cast<int>(inputs[1].dims.back());
  return shape;
}

// The result for a matrix without elements: its whole bases are identities.
template <class T>
void fill_identity(T* to, int n) {
  for (int i = 0; i < n * n; ++i) to[i] = i % (n + 1) == 0 ? T{1} : T{0};
}

template <class T>
void run_task(MatrixTask task, std::span<const TensorView> inputs, std::span<const MutableView> outputs) {
  const TaskShape shape = shape_of_task(inputs);
  const auto batch = static_cast<size_t>(shape.batch);
  // The part of a result that belongs to one matrix; null where the result is absent.
  const auto part = [&](size_t result, size_t i) -> T* {
    if (result >= outputs.size() || outputs[result].dims.elements() == 0) return nullptr;
    return static_cast<T*>(outputs[result].data) + i * (static_cast<size_t>(outputs[result].dims.elements()) / batch);
  };
  for (size_t i = 0; i < batch; ++i) {
    const lapack::Matrix<T> x{shape.m, shape.n, static_cast<const T*>(inputs[0].data) + i * size_t(shape.m) * size_t(shape.n)};
    const T* y =
        inputs.size() > 1 ? static_cast<const T*>(inputs[1].data) + i * size_t(shape.n) * size_t(shape.columns) : nullptr;
    T *first = part(0, i), *second = part(1, i), *third = part(2, i);
    if (x.size() == 0 && task != MatrixTask::determinant) {
      if (task == MatrixTask::orthogonal_full && first != nullptr) fill_identity(first, shape.m);
      if (task == MatrixTask::singular_vectors_full && second != nullptr) fill_identity(second, shape.m);
      if (task == MatrixTask::singular_vectors_full && third != nullptr) fill_identity(third, shape.n);
      continue;
    }
    if (y != nullptr && shape.columns == 0) continue;
    switch (task) {
      case MatrixTask::cholesky: x.cholesky(first); break;
      case MatrixTask::cholesky_or_fault: x.checked_cholesky(first); break;
      case MatrixTask::lower_upper: x.lower_upper(first, static_cast<int32_t*>(outputs[1].data) + i * size_t(shape.n)); break;
      case MatrixTask::orthogonal: x.orthogonal(first, second, false); break;
      case MatrixTask::orthogonal_full: x.orthogonal(first, second, true); break;
      case MatrixTask::eigenvalues: x.eigen(first, nullptr); break;
      case MatrixTask::eigenvectors: x.eigen(first, second); break;
      case MatrixTask::singular_values: x.singular(first, nullptr, nullptr, false); break;
      case MatrixTask::singular_vectors: x.singular(first, second, third, false); break;
      case MatrixTask::singular_vectors_full: x.singular(first, second, third, true); break;
      case MatrixTask::inverse: x.inverse(first); break;
      case MatrixTask::determinant: x.determinant(first, second); break;
      case MatrixTask::solve: x.solve(y, first, shape.columns, false); break;
      case MatrixTask::solve_transposed: x.solve(y, first, shape.columns, true); break;
      case MatrixTask::solve_lower: x.solve_triangular(y, first, shape.columns, true, false); break;
      case MatrixTask::solve_upper: x.solve_triangular(y, first, shape.columns, false, false); break;
      case MatrixTask::solve_lower_transposed: x.solve_triangular(y, first, shape.columns, true, true); break;
      case MatrixTask::solve_upper_transposed: x.solve_triangular(y, first, shape.columns, false, true); break;
    }
  }
}

constexpr const char* kTaskNames[] = {"Cholesky",
                                      "Cholesky or a fault",
                                      "LU",
                                      "QR",
                                      "QR, whole",
                                      "eigenvalues",
                                      "eigenvectors",
                                      "singular values",
                                      "singular vectors",
                                      "singular vectors, whole",
                                      "inverse",
                                      "determinant",
                                      "solve",
                                      "solve transposed",
                                      "solve lower",
                                      "solve upper",
                                      "solve lower transposed",
                                      "solve upper transposed"};

class MatrixKernel final : public Kernel {
 public:
  MatrixKernel(MatrixTask task, bool has_batch) : task_(task), has_batch_(has_batch) {}
  std::string name() const override { return "linear algebra"; }
  std::string parameters() const override {
    return std::string(kTaskNames[static_cast<size_t>(task_)]) + (has_batch_ ? " of a batch" : "");
  }
  bool rows_are_local() const override { return has_batch_; }

  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    const Dims& x = inputs[0].dims;
    const int64_t m = x[x.rank() - 2], n = x.back(), k = std::min(m, n);
    const auto with = [&](std::initializer_list<int64_t> last, std::optional<DType> type = std::nullopt) {
      std::vector<int64_t> sizes(x.begin(), x.end() - 2);
      sizes.insert(sizes.end(), last);
      return TensorType{type.value_or(inputs[0].dtype), Dims(std::span<const int64_t>(sizes))};
    };
    using Results = std::vector<TensorType>;
    switch (task_) {
      case MatrixTask::cholesky:
      case MatrixTask::cholesky_or_fault:
      case MatrixTask::inverse: return Results{with({m, n})};
      case MatrixTask::lower_upper: return Results{with({m, n}), with({m}, DType::int32)};
      case MatrixTask::orthogonal: return Results{with({m, k}), with({k, n})};
      case MatrixTask::orthogonal_full: return Results{with({m, m}), with({m, n})};
      case MatrixTask::eigenvalues: return Results{with({n})};
      case MatrixTask::eigenvectors: return Results{with({n}), with({n, n})};
      case MatrixTask::singular_values: return Results{with({k})};
      case MatrixTask::singular_vectors: return Results{with({k}), with({m, k}), with({k, n})};
      case MatrixTask::singular_vectors_full: return Results{with({k}), with({m, m}), with({n, n})};
      case MatrixTask::determinant: return Results{with({}), with({})};
      default: return Results{inputs[1]};
    }
  }

  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    if (inputs[0].dtype == DType::float64)
      run_task<double>(task_, inputs, outputs);
    else
      run_task<float>(task_, inputs, outputs);
  }

 private:
  MatrixTask task_;
  bool has_batch_;
};

}  // namespace

// LAPACK uses 32-bit counts for elements and workspace.
std::vector<Value> on_matrices(OperationCall& call, MatrixTask task, std::span<const Value> operands) {
  constexpr int64_t kMostOfAnAxis = 1 << 13;
  for (const Value& operand : operands) {
    if (call.l.dim(operand, -2).size > kMostOfAnAxis || call.l.dim(operand, -1).size > kMostOfAnAxis)
      call.l.refuse("takes matrices of " + call.l.dims(operand).to_string() + "; at most " + std::to_string(kMostOfAnAxis) +
                    " rows and columns are supported");
  }
  return call.l.call(std::make_shared<MatrixKernel>(task, call.l.rank(operands[0]) > 2), operands);
}

}  // namespace keraunos::loader
