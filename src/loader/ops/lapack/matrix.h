// One matrix of a batch and the LAPACK calls for it.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "keraunos/error.h"
#include "loader/ops/lapack/lapack.h"

namespace keraunos::loader::lapack {

inline constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

// Converts (rows, columns) from row-major to column-major; with the extents exchanged, back.
template <class T>
void turn(const T* from, T* to, int rows, int columns) {
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) to[size_t(j) * size_t(rows) + size_t(i)] = from[size_t(i) * size_t(columns) + size_t(j)];
  }
}

template <class T>
bool all_finite(const T* x, size_t count) {
  return std::all_of(x, x + count, [](T value) { return std::isfinite(value); });
}

[[noreturn]] inline void fail_inverse() { throw DataError("a matrix that has to be inverted has no inverse"); }

// One matrix x (m, n) of the batch, row-major, and one matrix of each result.
template <class T>
struct Matrix {
  int m, n;
  const T* x;

  size_t size() const { return size_t(m) * size_t(n); }
  int k() const { return std::min(m, n); }
  std::vector<T> copy() const { return std::vector<T>(x, x + size()); }
  std::vector<T> by_columns() const {
    std::vector<T> turned(size());
    turn(x, turned.data(), m, n);
    return turned;
  }

  // Column-major this is the transpose: its upper triangle is the lower one of x.
  void cholesky(T* lower) const {
    std::memcpy(lower, x, size() * sizeof(T));
    int info = 0;
    Routines<T>::potrf("U", &n, lower, &n, &info, 1);
    for (int i = 0; i < n; ++i) {
      T* row = lower + size_t(i) * size_t(n);
      if (info != 0) std::fill(row, row + i + 1, static_cast<T>(kNotANumber));
      std::fill(row + i + 1, row + n, T{0});
    }
  }

  void checked_cholesky(T* lower) const {
    cholesky(lower);
    if (!all_finite(lower, size())) throw DataError("a matrix that is factored by Cholesky is not positive definite");
  }

  void lower_upper(T* both, int32_t* rows) const {
    if (!all_finite(x, size())) fail_inverse();
    std::vector<T> a = by_columns();
    std::vector<int> swaps(static_cast<size_t>(n));
    int info = 0;
    Routines<T>::getrf(&n, &n, a.data(), &n, swaps.data(), &info);
    if (info > 0) fail_inverse();
    turn(a.data(), both, n, n);
    for (int i = 0; i < n; ++i) rows[i] = i;
    for (int i = 0; i < n; ++i) std::swap(rows[i], rows[swaps[static_cast<size_t>(i)] - 1]);
  }

  void orthogonal(T* q, T* r, bool full) const {
    const int columns = full ? m : k(), reflections = k();
    std::vector<T> a = by_columns(), scales(static_cast<size_t>(reflections));
    a.resize(size_t(m) * size_t(std::max(columns, n)));
    int info = 0;
    with_work<T>([&](T* work, int length) { Routines<T>::geqrf(&m, &n, a.data(), &m, scales.data(), work, &length, &info); });
    for (int i = 0; i < columns; ++i) {
      for (int j = 0; j < n; ++j) r[size_t(i) * size_t(n) + size_t(j)] = i > j ? T{0} : a[size_t(j) * size_t(m) + size_t(i)];
    }
    with_work<T>([&](T* work, int length) {
      Routines<T>::orgqr(&m, &columns, &reflections, a.data(), &m, scales.data(), work, &length, &info);
    });
    turn(a.data(), q, columns, m);
  }

  void eigen(T* values, T* vectors) const {
    if (!all_finite(x, size())) throw DataError("eigenvalues are asked for of a matrix with elements that are not finite");
    std::vector<T> a = copy();
    int info = 0, length = -1, whole_length = -1, whole = 0;
    T wanted = 0;
    const char* which = vectors == nullptr ? "N" : "V";
    Routines<T>::syevd(which, "U", &n, a.data(), &n, values, &wanted, &length, &whole, &whole_length, &info, 1, 1);
    std::vector<int> places(static_cast<size_t>(std::max(whole, 1)));
    whole_length = static_cast<int>(places.size());
    with_work<T>([&](T* work, int work_length) {
      if (work_length < 0) return void(*work = wanted);
      Routines<T>::syevd(which, "U", &n, a.data(), &n, values, work, &work_length, places.data(), &whole_length, &info, 1, 1);
    });
    if (info > 0) throw DataError("the eigenvalues of a matrix were not found");
    if (vectors != nullptr) turn(a.data(), vectors, n, n);
  }

  // Column-major this is the transpose, whose left vectors are the right ones of x.
  void singular(T* values, T* left, T* right, bool full) const {
    const bool finite = all_finite(x, size());
    const int width = full ? m : k();
    const size_t left_size = size_t(m) * size_t(width), right_size = size_t(full ? n : k()) * size_t(n);
    int info = finite ? 0 : 1;
    if (finite) {
      std::vector<T> a = copy();
      std::vector<int> places(8 * static_cast<size_t>(k()));
      const char* which = left == nullptr ? "N" : full ? "A" : "S";
      with_work<T>([&](T* work, int length) {
        Routines<T>::gesdd(which, &n, &m, a.data(), &n, values, right, &n, left, &width, work, &length, places.data(), &info, 1);
      });
    }
    if (info <= 0) return;
    std::fill(values, values + k(), static_cast<T>(kNotANumber));
    if (left == nullptr) return;
    std::fill(left, left + left_size, static_cast<T>(kNotANumber));
    std::fill(right, right + right_size, static_cast<T>(kNotANumber));
  }

  std::vector<int> factored(std::vector<T>& a) const {
    if (!all_finite(x, size())) fail_inverse();
    std::vector<int> swaps(static_cast<size_t>(n));
    int info = 0;
    Routines<T>::getrf(&n, &n, a.data(), &n, swaps.data(), &info);
    if (info > 0) fail_inverse();
    return swaps;
  }

  void inverse(T* y) const {
    std::vector<T> a = copy();
    const std::vector<int> swaps = factored(a);
    int info = 0;
    with_work<T>([&](T* work, int length) { Routines<T>::getri(&n, a.data(), &n, swaps.data(), work, &length, &info); });
    std::memcpy(y, a.data(), size() * sizeof(T));
  }

  void determinant(T* sign, T* logarithm) const {
    double size_logarithm = 0;
    int negative = 0;
    std::vector<T> a = copy();
    std::vector<int> swaps(static_cast<size_t>(n));
    int info = 0;
    if (n > 0) Routines<T>::getrf(&n, &n, a.data(), &n, swaps.data(), &info);
    bool is_zero = false;
    for (int i = 0; i < n; ++i) {
      const T pivot = a[size_t(i) * size_t(n) + size_t(i)];
      negative += (pivot < 0 ? 1 : 0) + (swaps[static_cast<size_t>(i)] != i + 1 ? 1 : 0);
      is_zero = is_zero || pivot == T{0};
      size_logarithm += std::log(std::abs(static_cast<double>(pivot)));
    }
    const bool is_number = std::none_of(x, x + size(), [](T value) { return std::isnan(value); });
    *sign = is_number ? T(is_zero ? 0 : negative % 2 == 0 ? 1 : -1) : static_cast<T>(kNotANumber);
    *logarithm = static_cast<T>(!is_number ? kNotANumber : is_zero ? -std::numeric_limits<double>::infinity() : size_logarithm);
  }

  void solve(const T* y, T* result, int columns, bool transposed) const {
    std::vector<T> a = copy(), right(size_t(n) * size_t(columns));
    const std::vector<int> swaps = factored(a);
    turn(y, right.data(), n, columns);
    int info = 0;
    Routines<T>::getrs(transposed ? "N" : "T", &n, &columns, a.data(), &n, swaps.data(), right.data(), &n, &info, 1);
    turn(right.data(), result, columns, n);
  }

  // Column-major the product is yᵀ = resultᵀ · xᵀ, where the lower triangle of x is the upper one. A zero on the diagonal gives
  // infinities, as in TensorFlow.
  bool has_zero_on_diagonal() const {
    for (size_t i = 0; i < size_t(n); ++i) {
      if (x[i * size_t(n) + i] == 0) return true;
    }
    return false;
  }

  // Each unknown from those before it, also where they are not finite: BLAS leaves out products with zeros, TensorFlow does not.
  void substitute(T* result, int columns, bool lower, bool transposed) const {
    const bool forward = lower != transposed;
    const auto count = size_t(n), width = size_t(columns);
    const auto at = [&](size_t i, size_t k) { return transposed ? x[k * count + i] : x[i * count + k]; };
    for (size_t step = 0; step < count; ++step) {
      const size_t i = forward ? step : count - 1 - step, from = forward ? 0 : i + 1, end = forward ? i : count;
      for (size_t c = 0; c < width; ++c) {
        T sum = result[i * width + c];
        for (size_t k = from; k < end; ++k) sum -= at(i, k) * result[k * width + c];
        result[i * width + c] = sum / at(i, i);
      }
    }
  }

  void solve_triangular(const T* y, T* result, int columns, bool lower, bool transposed) const {
    std::memcpy(result, y, size_t(n) * size_t(columns) * sizeof(T));
    if (has_zero_on_diagonal()) return substitute(result, columns, lower, transposed);
    const T one = 1;
    Routines<T>::trsm("R", lower ? "U" : "L", transposed ? "T" : "N", "N", &columns, &n, &one, x, &n, result, &columns, 1, 1, 1,
                      1);
  }
};

}  // namespace keraunos::loader::lapack
