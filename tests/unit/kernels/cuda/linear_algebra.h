// Runs linear algebra on the CPU and on the CUDA device, and small matrices in float64 to check it.
#pragma once

#include <algorithm>

#include "host/ops/linear_algebra.h"
#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {

struct Matrix {
  int64_t rows, columns;
  std::vector<double> values;

  Matrix(int64_t m, int64_t n) : rows(m), columns(n), values(static_cast<size_t>(m * n)) {}
  template <class At>
  static Matrix of(int64_t m, int64_t n, const At& at) {
    Matrix made(m, n);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < n; ++j) made.values[static_cast<size_t>(i * n + j)] = at(i, j);
    }
    return made;
  }
  static Matrix identity(int64_t n) {
    return of(n, n, [](int64_t i, int64_t j) { return i == j ? 1.0 : 0.0; });
  }

  double at(int64_t i, int64_t j) const { return values[static_cast<size_t>(i * columns + j)]; }
  Matrix transposed() const {
    return of(columns, rows, [&](int64_t i, int64_t j) { return at(j, i); });
  }
  Matrix lower() const {
    return of(rows, columns, [&](int64_t i, int64_t j) { return j <= i ? at(i, j) : 0; });
  }
  Matrix upper() const {
    return of(rows, columns, [&](int64_t i, int64_t j) { return j >= i ? at(i, j) : 0; });
  }
  Matrix unit_lower() const {
    return of(rows, columns, [&](int64_t i, int64_t j) { return j < i ? at(i, j) : i == j ? 1.0 : 0.0; });
  }
  /// The symmetric matrix of the lower triangle.
  Matrix mirrored() const {
    return of(rows, columns, [&](int64_t i, int64_t j) { return at(std::max(i, j), std::min(i, j)); });
  }
  Matrix scaled(const std::vector<double>& factors) const {
    return of(rows, columns, [&](int64_t i, int64_t j) { return at(i, j) * factors[static_cast<size_t>(j)]; });
  }
  Matrix first_columns(int64_t n) const {
    return of(rows, n, [&](int64_t i, int64_t j) { return at(i, j); });
  }
  Matrix first_rows(int64_t n) const {
    return of(n, columns, [&](int64_t i, int64_t j) { return at(i, j); });
  }
  void expect_triangular(bool is_lower) const {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        const double found = is_lower == (j > i) && i != j ? at(i, j) : 0;
        ASSERT_EQ(found, 0) << i << ", " << j;
      }
    }
  }
  friend Matrix operator*(const Matrix& a, const Matrix& b) {
    return of(a.rows, b.columns, [&](int64_t i, int64_t j) {
      double sum = 0;
      for (int64_t k = 0; k < a.columns; ++k) sum += a.at(i, k) * b.at(k, j);
      return sum;
    });
  }
};

inline void expect_near(const Matrix& found, const Matrix& expected, double tolerance) {
  ASSERT_EQ(found.rows, expected.rows);
  ASSERT_EQ(found.columns, expected.columns);
  for (size_t i = 0; i < found.values.size(); ++i) ASSERT_NEAR(found.values[i], expected.values[i], tolerance) << "element " << i;
}

/// A device, a type, and a seed of the scheduler.
struct Under {
  std::string name;
  std::shared_ptr<host::DeviceRuntime> device;
  DType type;
  double tolerance(int64_t n) const { return (type == DType::float64 ? 1e-13 : 2e-5) * (1 + static_cast<double>(n)); }
};

inline void for_devices_and_types(const std::function<void(const Under&)>& check) {
  for (const DType type : {DType::float32, DType::float64}) {
    check({std::string(name_of(type)) + " on the CPU", cpu::make_cpu_device({.threads = 2}), type});
    for (const uint64_t seed : {0u, 3u}) {
      set_scheduler_seed(seed);
      check({std::string(name_of(type)) + " on the GPU, seed " + std::to_string(seed), make_cuda_device(0, {}), type});
    }
  }
  set_scheduler_seed(0);
}

/// One graph of such nodes, run on one device.
class MatrixProblem {
 public:
  explicit MatrixProblem(const Under& under) : under_(under), writer_(under.type, under.type) {}

  Value any(int64_t batch, int64_t m, int64_t n) { return writer_.operand({batch, m, n}); }
  /// Symmetric, with large numbers on the diagonal.
  Value definite(int64_t batch, int64_t n) {
    std::uniform_real_distribution<double> real(-1, 1);
    std::vector<double> numbers;
    for (int64_t k = 0; k < batch; ++k) {
      const Matrix part = Matrix::of(n, n, [&](int64_t, int64_t) { return real(random_); }).mirrored();
      for (int64_t i = 0; i < n * n; ++i)
        numbers.push_back(part.values[static_cast<size_t>(i)] + (i % (n + 1) == 0 ? static_cast<double>(n) : 0));
    }
    return put({batch, n, n}, numbers);
  }
  /// Not symmetric, with large numbers on the diagonal.
  Value regular(int64_t batch, int64_t n) {
    std::uniform_real_distribution<double> real(-1, 1);
    std::vector<double> numbers;
    for (int64_t i = 0; i < batch * n * n; ++i)
      numbers.push_back(real(random_) + (i % (n * n) % (n + 1) == 0 ? static_cast<double>(n) : 0));
    return put({batch, n, n}, numbers);
  }
  Value put(const Dims& dims, const std::vector<double>& numbers) { return writer_.values(under_.type, dims, numbers); }
  std::vector<Value> add(host::LinearAlgebra::Task task, std::vector<Value> in) {
    return writer_.graph.add(host::LinearAlgebra{task}, std::move(in));
  }
  void run() {
    ran_ = Runner(writer_, *under_.device, {}).run();
    for (auto& [id, tensor] : writer_.contents) ran_.values[id] = std::move(tensor);
  }

  double number(Value v, int64_t i) const { return element(ran_.values.at(v.id), i); }
  Matrix matrix(Value v, int64_t index) const {
    const Dims& dims = ran_.values.at(v.id).dims();
    const int64_t m = dims[dims.rank() - 2], n = dims.back();
    return Matrix::of(m, n, [&](int64_t i, int64_t j) { return number(v, (index * m + i) * n + j); });
  }
  std::vector<double> row(Value v, int64_t index) const {
    std::vector<double> numbers;
    const int64_t length = ran_.values.at(v.id).dims().back();
    for (int64_t i = 0; i < length; ++i) numbers.push_back(number(v, index * length + i));
    return numbers;
  }
  const host::ErrorWord& error() const { return ran_.error; }
  const std::vector<std::string>& kernels() const { return ran_.kernels; }

 private:
  const Under& under_;
  Writer writer_;
  Ran ran_;
  std::mt19937 random_{11};
};

struct Square {
  int64_t batch, n;
};
struct Rectangle {
  int64_t batch, m, n;
};
// Many small ones, one, one that is larger, several too large for routines of batches, none.
inline constexpr Square kSquares[] = {{40, 3}, {5, 1}, {1, 6}, {1, 70}, {3, 40}, {0, 3}};
inline constexpr Rectangle kRectangles[] = {{40, 4, 3},  {6, 3, 5},   {7, 4, 4},   {1, 6, 2},   {1, 2, 6},
                                            {1, 60, 35}, {1, 35, 60}, {2, 40, 33}, {2, 33, 40}, {0, 3, 2}};

}  // namespace keraunos::cuda::tests
