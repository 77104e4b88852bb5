// Matrix products with packed B, in registers. A register tile of R rows by 2·P vectors stays in registers over a block of k; B's
// panels (two vectors wide) stream from L1, A's elements are broadcast from its rows. One row uses four panels at once, because
// additions to only two accumulators would wait for each other.
#pragma once

#include "kernels/cpu/isa/kernels.h"

namespace keraunos::cpu::isa {

template <class Isa, class T>
struct VectorOf {
  static constexpr int kWidth = Isa::kBytes / static_cast<int>(sizeof(T));
  typedef T type __attribute__((vector_size(Isa::kBytes)));
  typedef T unaligned __attribute__((vector_size(Isa::kBytes), aligned(alignof(T)), may_alias));
};

template <class Isa, class T>
inline __attribute__((always_inline)) typename VectorOf<Isa, T>::type load_vector(const T* from) {
  return *reinterpret_cast<const typename VectorOf<Isa, T>::unaligned*>(from);
}
template <class Isa, class T>
inline __attribute__((always_inline)) void store_vector(T* to, typename VectorOf<Isa, T>::type value) {
  *reinterpret_cast<typename VectorOf<Isa, T>::unaligned*>(to) = value;
}

template <class Isa, class T>
inline __attribute__((always_inline)) typename VectorOf<Isa, T>::type clamped(typename VectorOf<Isa, T>::type x,
                                                                              const Clamp<T>& clamp) {
  using V = typename VectorOf<Isa, T>::type;
  const V low = V{} + clamp.low, high = V{} + clamp.high;
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// Rows row … row+R−1, columns column … of one register tile; `columns` of them exist.
template <class Isa, class T, int R, int P>
void product_tile(const Product<T>& p, int64_t row, int64_t column, int64_t from_k, int64_t to_k) {
  using V = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth, kPanel = 2 * W, kVectors = 2 * P;
  const int64_t columns = p.n - column;
  const bool whole = columns >= kPanel * P;
  const bool first = from_k == 0;
  // The sum of each block of k starts from zero and is added to the total: fewer roundings in a chain than in one long sum.
  V sum[R][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) sum[r][v] = V{};
  }
  const T* b = p.b + column * p.k + from_k * kPanel;
  const int64_t next_panel = p.k * kPanel;
  const T* start[R];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) start[r] = p.a + (p.rows != nullptr ? p.rows[row + r] : (row + r) * p.a_stride);
  const int64_t segment = p.segments != nullptr ? p.segment : p.k;
  int64_t which = p.segments != nullptr ? from_k / segment : 0;
  for (int64_t k = from_k; k < to_k; ++which) {
    const int64_t offset = k - which * segment, rest = segment - offset;
    const int64_t count = rest < to_k - k ? rest : to_k - k;
    const int64_t shift = offset + (p.segments != nullptr ? p.segments[which] : 0);
    const T* a[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) a[r] = start[r] + shift;
      // Unrolled by four: on a core with two hardware threads the instruction front end is the bottleneck, not the multipliers.
#pragma GCC unroll 4
    for (int64_t i = 0; i < count; ++i) {
      V right[kVectors];
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) right[v] = load_vector<Isa, T>(b + (v / 2) * next_panel + (v % 2) * W);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const T left = a[r][i];
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) sum[r][v] += left * right[v];
      }
      b += kPanel;
    }
    k += count;
  }
  const T* init = first ? p.init : p.c;
  const int64_t init_stride = first ? p.init_stride : p.c_stride;
  T* c = p.c + row * p.c_stride + column;
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
      for (int v = 0; v < kVectors; ++v) store_vector<Isa, T>(c + r * p.c_stride + v * W, sum[r][v]);
    }
    return;
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) store_vector<Isa, T>(edge + v * W, sum[r][v]);
    for (int64_t j = 0; j < columns; ++j) c[r * p.c_stride + j] = edge[j];
  }
}

/// All columns for R rows.
template <class Isa, class T, int R>
void product_rows(const Product<T>& p, int64_t row, int64_t column, int64_t to_column, int64_t from_k, int64_t to_k) {
  constexpr int kPanel = 2 * VectorOf<Isa, T>::kWidth;
  constexpr int P = R == 1 ? 4 : (R <= 3 ? 2 : 1);
  for (; column + kPanel * P <= to_column; column += kPanel * P) product_tile<Isa, T, R, P>(p, row, column, from_k, to_k);
  for (; column < to_column; column += kPanel) product_tile<Isa, T, R, 1>(p, row, column, from_k, to_k);
}

/// Part of B that is read soon; each tile fetches its share of it into L2, so that the first tile of a panel does not wait.
template <class Isa>
struct FetchAhead {
  const char* at = nullptr;
  int64_t bytes_each = 0;
  void fetch_share() {
    for (int64_t byte = 0; byte < bytes_each; byte += 64) __builtin_prefetch(at + byte, 0, 2);
    at += bytes_each;
  }
};

/// `tiles` times `rows` rows, at most R, from `row` on; returns the row after them.
template <class Isa, class T, int R>
int64_t product_tiles(const Product<T>& p, int64_t rows, int64_t tiles, int64_t row, int64_t column, int64_t to_column,
                      int64_t from_k, int64_t to_k, FetchAhead<Isa>& ahead) {
  if constexpr (R > 0) {
    if (rows < R) return product_tiles<Isa, T, R - 1>(p, rows, tiles, row, column, to_column, from_k, to_k, ahead);
    if (tiles > 1) {  // of one panel
      for (; tiles > 0; --tiles, row += R) {
        ahead.fetch_share();
        product_tile<Isa, T, R, 1>(p, row, column, from_k, to_k);
      }
    } else if (tiles == 1) {
      ahead.fetch_share();
      product_rows<Isa, T, R>(p, row, column, to_column, from_k, to_k);
      row += R;
    }
  }
  return row;
}

/// Blocks: 96 rows of A (192 on AVX-512) by 256 of k stay in L2 with the columns of a chunk of the result, while all its panels
/// are read; a panel of 256 of k has 16 kB on AVX2. Tiles divide the rows of a block evenly, 49 as 4 · 6 + 5 · 5: the single row
/// that 8 · 6 leaves would cost as much as four.
template <class Isa, class T>
void product(const Product<T>& p) {
  constexpr int kRows = Isa::kRows;
  constexpr int kPanel = 2 * VectorOf<Isa, T>::kWidth;
  constexpr int64_t kRowBlock = 16 * kRows, kBytes = sizeof(T), kChunkBytes = 400 << 10, kLeastFetched = int64_t{4} << 20;
  if (p.k == 0) {
    for (int64_t row = 0; row < p.m; ++row) product_rows<Isa, T, 1>(p, row, 0, p.n, 0, 0);
    return;
  }
  const bool fetches = p.k * p.n * kBytes > kLeastFetched && p.m >= 8 * kRows;
  for (int64_t block = 0; block < p.m; block += kRowBlock) {
    const int64_t rows = p.m - block < kRowBlock ? p.m - block : kRowBlock;
    const int64_t tiles = (rows + kRows - 1) / kRows, each = rows / tiles, with_one_more = rows - each * tiles;
    const int64_t chunk = tiles == 1 ? p.n : kChunkBytes / kBytes / rows / kPanel * kPanel;
    for (int64_t begin = 0; begin < p.n; begin += chunk) {
      const int64_t end = begin + chunk < p.n ? begin + chunk : p.n;
      const int64_t columns = tiles == 1 ? p.n : kPanel;  // few rows use several panels at once
      for (int64_t k = 0, to_k = 0; k < p.k; k = to_k) {
        to_k = k + kSummedAtOnce + kSummedAtOnce / 2 > p.k ? p.k : k + kSummedAtOnce;
        for (int64_t column = begin; column < end; column += columns) {
          const int64_t to_column = column + columns < end ? column + columns : end;
          FetchAhead<Isa> ahead;
          if (fetches) {
            const bool same_k = to_column < end, same_chunk = same_k || to_k < p.k;
            const int64_t next_column = same_k ? to_column : same_chunk ? begin : end;
            const int64_t next_k = same_k ? k : same_chunk ? to_k : 0;
            ahead.at = reinterpret_cast<const char*>(p.b + next_column * p.k + next_k * kPanel);
            ahead.bytes_each = next_column < p.n ? ((to_k - k) * kPanel * kBytes / tiles + 63) / 64 * 64 : 0;
          }
          const int64_t row = product_tiles<Isa, T, kRows>(p, each + 1, with_one_more, block, column, to_column, k, to_k, ahead);
          product_tiles<Isa, T, kRows>(p, each, tiles - with_one_more, row, column, to_column, k, to_k, ahead);
        }
      }
    }
  }
}

}  // namespace keraunos::cpu::isa
