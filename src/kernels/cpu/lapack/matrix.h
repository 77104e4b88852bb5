// One matrix of a batch and the LAPACK calls for it, and the workspace that they need.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "kernels/cpu/lapack/routines.h"
#include "kernels/cpu/lapack/workspace.h"

namespace keraunos::cpu::lapack {

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

/// One matrix x (m, n) of the batch, row-major. Results are row-major too. Functions that may fail return false.
template <class T>
struct Matrix {
  int m, n;
  const T* x;
  Workspace<T> own;

  size_t size() const { return size_t(m) * size_t(n); }
  int k() const { return std::min(m, n); }
  T* copied() const {
    std::memcpy(own.a, x, size() * sizeof(T));
    return own.a;
  }
  T* by_columns() const {
    turn(x, own.a, m, n);
    return own.a;
  }

  // Column-major this is the transpose: its upper triangle is the lower one of x.
  bool cholesky(T* lower) const {
    std::memcpy(lower, x, size() * sizeof(T));
    int info = 0;
    Routines<T>::potrf("U", &n, lower, &n, &info, 1);
    for (int i = 0; i < n; ++i) {
      T* row = lower + size_t(i) * size_t(n);
      if (info != 0) std::fill(row, row + i + 1, static_cast<T>(kNotANumber));
      std::fill(row + i + 1, row + n, T{0});
    }
    return all_finite(lower, size());
  }

  bool lower_upper(T* both, int32_t* rows) const {
    T* a = by_columns();
    if (!factor(a)) return false;
    turn(a, both, n, n);
    for (int i = 0; i < n; ++i) rows[i] = i;
    for (int i = 0; i < n; ++i) std::swap(rows[i], rows[own.places[i] - 1]);
    return true;
  }

  void orthogonal(T* q, T* r, bool full) const {
    const int columns = full ? m : k(), reflections = k();
    T* a = by_columns();
    int info = 0;
    Routines<T>::geqrf(&m, &n, a, &m, own.scales, own.work, &own.length, &info);
    for (int i = 0; i < columns; ++i) {
      for (int j = 0; j < n; ++j) r[size_t(i) * size_t(n) + size_t(j)] = i > j ? T{0} : a[size_t(j) * size_t(m) + size_t(i)];
    }
    Routines<T>::orgqr(&m, &columns, &reflections, a, &m, own.scales, own.work, &own.length, &info);
    turn(a, q, columns, m);
  }

  bool eigen(T* values, T* vectors) const {
    if (!all_finite(x, size())) return false;
    T* a = copied();
    int info = 0;
    const char* which = vectors == nullptr ? "N" : "V";
    Routines<T>::syevd(which, "U", &n, a, &n, values, own.work, &own.length, own.places, &own.places_length, &info, 1, 1);
    if (vectors != nullptr) turn(a, vectors, n, n);
    return info == 0;
  }

  // Column-major this is the transpose, whose left vectors are the right ones of x.
  void singular(T* values, T* left, T* right, bool full) const {
    const int width = full ? m : k();
    const size_t left_size = size_t(m) * size_t(width), right_size = size_t(full ? n : k()) * size_t(n);
    int info = 1;
    if (all_finite(x, size())) {
      T* a = copied();
      const char* which = left == nullptr ? "N" : full ? "A" : "S";
      Routines<T>::gesdd(which, &n, &m, a, &n, values, right, &n, left, &width, own.work, &own.length, own.places, &info, 1);
    }
    if (info <= 0) return;
    std::fill(values, values + k(), static_cast<T>(kNotANumber));
    if (left == nullptr) return;
    std::fill(left, left + left_size, static_cast<T>(kNotANumber));
    std::fill(right, right + right_size, static_cast<T>(kNotANumber));
  }

  bool inverse(T* y) const {
    std::memcpy(y, x, size() * sizeof(T));
    if (!factor(y)) return false;
    int info = 0;
    Routines<T>::getri(&n, y, &n, own.places, own.work, &own.length, &info);
    return true;
  }

  void determinant(T* sign, T* logarithm) const {
    double size_logarithm = 0;
    int negative = 0, info = 0;
    T* a = copied();
    if (n > 0) Routines<T>::getrf(&n, &n, a, &n, own.places, &info);
    bool is_zero = false;
    for (int i = 0; i < n; ++i) {
      const T pivot = a[size_t(i) * size_t(n) + size_t(i)];
      negative += (pivot < 0 ? 1 : 0) + (own.places[i] != i + 1 ? 1 : 0);
      is_zero = is_zero || pivot == T{0};
      size_logarithm += std::log(std::abs(static_cast<double>(pivot)));
    }
    const bool is_number = std::none_of(x, x + size(), [](T value) { return std::isnan(value); });
    *sign = is_number ? T(is_zero ? 0 : negative % 2 == 0 ? 1 : -1) : static_cast<T>(kNotANumber);
    *logarithm = static_cast<T>(!is_number ? kNotANumber : is_zero ? -std::numeric_limits<double>::infinity() : size_logarithm);
  }

  bool solve(const T* y, T* result, int columns, bool transposed) const {
    T* a = copied();
    if (!factor(a)) return false;
    turn(y, own.right, n, columns);
    int info = 0;
    Routines<T>::getrs(transposed ? "N" : "T", &n, &columns, a, &n, own.places, own.right, &n, &info, 1);
    turn(own.right, result, columns, n);
    return true;
  }

  // Column-major the product is yᵀ = resultᵀ · xᵀ, where the lower triangle of x is the upper one. A zero on the diagonal gives
  // infinities and NaN, as in TensorFlow.
  void solve_triangular(const T* y, T* result, int columns, bool lower, bool transposed) const {
    std::memcpy(result, y, size_t(n) * size_t(columns) * sizeof(T));
    if (has_zero_on_diagonal()) return substitute(result, columns, lower, transposed);
    const T one = 1;
    Routines<T>::trsm("R", lower ? "U" : "L", transposed ? "T" : "N", "N", &columns, &n, &one, x, &n, result, &columns, 1, 1, 1,
                      1);
  }

 private:
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

  // Overwrites a with its factors; the exchanged rows are in own.places.
  bool factor(T* a) const {
    if (!all_finite(x, size())) return false;
    int info = 0;
    Routines<T>::getrf(&n, &n, a, &n, own.places, &info);
    return info == 0;
  }
};

}  // namespace keraunos::cpu::lapack
