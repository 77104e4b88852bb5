// A tile of a matrix product: sums in registers, over a block of k.
#pragma once

#include "kernels/cpu/isa/vectors.h"

namespace keraunos::cpu::isa {

/// sum += a·b for `count` of k, where row r of A lies at a[r] and B's P panels `next_panel` apart. Far: the panel that comes next
/// is brought nearer meanwhile, line by line.
template <class Isa, class T, int R, int P, bool Far>
inline __attribute__((always_inline)) void multiply(typename VectorOf<Isa, T>::type (&sum)[R][2 * P], const T* const (&a)[R],
                                                    const T* b, int64_t next_panel, int64_t count) {
  using V = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth;
  const auto step = [&](int64_t i) __attribute__((always_inline)) {
    V right[2 * P];
    if constexpr (Far) __builtin_prefetch(b + next_panel + i * 2 * W, 0, 2);
#pragma GCC unroll 16
    for (int v = 0; v < 2 * P; ++v) right[v] = load_vector<Isa, T>(b + (v / 2) * next_panel + i * 2 * W + (v % 2) * W);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const T left = a[r][i];
#pragma GCC unroll 16
      for (int v = 0; v < 2 * P; ++v) sum[r][v] += left * right[v];
    }
  };
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
#pragma GCC unroll 4
    for (int64_t j = 0; j < 4; ++j) {
      step(i + j);
      asm volatile("" ::: "memory");  // loads of the next k wait: mixed into this one's products they drive sums out of registers
    }
  }
  for (; i < count; ++i) step(i);
}

/// The same where A is gathered from an image, segment by segment.
template <class Isa, class T, int R, int P, bool Far>
inline __attribute__((always_inline)) void multiply_gathered(typename VectorOf<Isa, T>::type (&sum)[R][2 * P],
                                                             const Product<T>& p, int64_t row, const T* b, int64_t from_k,
                                                             int64_t to_k) {
  const int64_t next_panel = p.k * 2 * VectorOf<Isa, T>::kWidth;
  const T* start[R];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) start[r] = p.a + p.rows[row + r];
  int64_t which = from_k == 0 ? 0 : from_k / p.segment;
  for (int64_t k = from_k; k < to_k; ++which) {
    const int64_t offset = k - which * p.segment, rest = p.segment - offset;
    const int64_t count = rest < to_k - k ? rest : to_k - k;
    const T* a[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) a[r] = start[r] + p.segments[which] + offset;
    multiply<Isa, T, R, P, Far>(sum, a, b, next_panel, count);
    b += count * 2 * VectorOf<Isa, T>::kWidth;
    k += count;
  }
}

/// Rows row … row+R−1, columns column … of one register tile. Columns past p.n are computed and not stored.
template <class Isa, class T, int R, int P, bool Gathered, bool Far>
void product_tile(const Product<T>& p, int64_t row, int64_t column, int64_t from_k, int64_t to_k) {
  using V = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth, kPanel = 2 * W, kVectors = 2 * P;
  const int64_t columns = p.n - column;
  const bool whole = columns >= kPanel * P;
  // Every block of k sums from zero and is added to what is there: a shorter chain of roundings than one long sum.
  V sum[R][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) sum[r][v] = V{};
  }
  const T* b = p.b + column * p.k + from_k * kPanel;
  if constexpr (Gathered) {
    multiply_gathered<Isa, T, R, P, Far>(sum, p, row, b, from_k, to_k);
  } else {
    const T* a[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) a[r] = p.a + (row + r) * p.a_stride + from_k;
    multiply<Isa, T, R, P, Far>(sum, a, b, p.k * kPanel, to_k - from_k);
  }
  const bool first = from_k == 0;
  const T* init = first ? p.init : p.c;
  const int64_t init_stride = first ? p.init_stride : p.c_stride;
  const int64_t c_stride = p.c_stride;
  T* c = p.c + row * c_stride + column;
  T edge[kPanel * P];
  if (init != nullptr) {
    init += row * init_stride + column;
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const T* from = init + r * init_stride;
      if (!whole) {
        for (int64_t j = 0; j < kPanel * P; ++j) edge[j] = j < columns ? from[j] : T{};
        from = edge;
      }
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[r][v] += load_vector<Isa, T>(from + v * W);
    }
  }
  if (p.clamp.on && to_k == p.k) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[r][v] = clamped<Isa, T>(sum[r][v], p.clamp);
    }
  }
  if (whole) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) store_vector<Isa, T>(c + r * c_stride + v * W, sum[r][v]);
    }
    return;
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) store_vector<Isa, T>(edge + v * W, sum[r][v]);
    for (int64_t j = 0; j < columns; ++j) c[r * c_stride + j] = edge[j];
  }
}

}  // namespace keraunos::cpu::isa
