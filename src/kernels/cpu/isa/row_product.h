// One row times a matrix in its saved layout: every weight is read once, so packing would gain nothing and need as much memory
// again. Four whole rows of B are read in parallel: long runs are fast, and prefetching cost more than it gained
// (bench/NOTES.md).
#pragma once

#include "kernels/cpu/isa/product.h"
#include "kernels/cpu/isa/rows.h"

namespace keraunos::cpu::isa {

/// sum[j] += Σ a[r]·b[r·stride + j] over R rows, in the order of the rows.
template <class Isa, class T, int R>
void add_rows(T* sum, const T* a, const T* b, int64_t stride, int64_t n) {
  using V = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth, kVectors = 2;
  T left[R];  // copied, because for the compiler `sum` and `a` may overlap
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) left[r] = a[r];
  int64_t j = 0;
  for (; j + kVectors * W <= n; j += kVectors * W) {
    V total[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) total[v] = load_vector<Isa, T>(sum + j + v * W);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) total[v] += left[r] * load_vector<Isa, T>(b + r * stride + j + v * W);
    }
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) store_vector<Isa, T>(sum + j + v * W, total[v]);
  }
  for (; j < n; ++j) {
    T total = sum[j];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) total += left[r] * b[r * stride + j];
    sum[j] = total;
  }
}

template <class Isa, class T>
void row_product(const RowProduct<T>& p) {
  constexpr int64_t kColumns = 16384 / sizeof(T);  // half of an L1 cache
  for (int64_t column = 0; column < p.n; column += kColumns) {
    const int64_t n = p.n - column < kColumns ? p.n - column : kColumns;
    T* const sum = p.sum + column;
    for (int64_t j = 0; j < n; ++j) sum[j] = T{};
    const T* b = p.b + column;
    int64_t k = 0;
    for (; k + 4 <= p.k; k += 4, b += 4 * p.b_stride) add_rows<Isa, T, 4>(sum, p.a + k, b, p.b_stride, n);
    for (; k < p.k; ++k, b += p.b_stride) add_rows<Isa, T, 1>(sum, p.a + k, b, p.b_stride, n);
  }
}

/// Adds the blocks' sums in the order of product().
template <class Isa, class T>
void add_blocks(const BlockSums<T>& p) {
  const T* sums = p.sums;
#pragma GCC ivdep
  for (int64_t j = 0; j < p.n; ++j) p.c[j] = p.init != nullptr ? p.init[j] + sums[j] : sums[j];
  for (int64_t block = 1; block < p.blocks; ++block) {
    sums += p.n;
#pragma GCC ivdep
    for (int64_t j = 0; j < p.n; ++j) p.c[j] += sums[j];
  }
  if (p.clamp.on) clamp_run<Isa, T>(p.c, p.n, p.clamp);
}

}  // namespace keraunos::cpu::isa
