// Matrix products with few columns, for which a vector of columns would be mostly empty. The lanes hold adjacent terms of a sum
// and are added up at the end. A register tile has R rows by F columns; R · F is the number of lanes, so adding up the lanes of
// all accumulators gives one vector of results.
#pragma once

#include "kernels/cpu/isa/product.h"

namespace keraunos::cpu::isa {

/// The number of vectors that the terms of A fill; the last vector of a segment may be incomplete.
template <class Isa, class T>
struct TermVectors {
  static constexpr int W = VectorOf<Isa, T>::kWidth;
  explicit TermVectors(const Product<T>& p)
      : segment(p.segments != nullptr ? p.segment : p.k),
        each((segment + W - 1) / W),
        all(segment == 0 ? 0 : p.k / segment * each) {}
  int64_t segment, each, all;  ///< terms of a segment, vectors of a segment, vectors in all
};

/// Sets lane i of sum[0] to the sum of the lanes of sum[i]. Lanes are added in pairs, so the result does not depend on the
/// position of a row in its tile.
template <class Isa, class T, int Half>
inline __attribute__((always_inline)) void add_up_lanes(typename VectorOf<Isa, T>::type* sum) {
  using V = typename VectorOf<Isa, T>::type;
  if constexpr (Half > 0) {
    auto even = V{} < V{}, odd = even;  // integers of an element's size
#pragma GCC unroll 16
    for (int i = 0; i < VectorOf<Isa, T>::kWidth; ++i) even[i] = 2 * i, odd[i] = 2 * i + 1;
#pragma GCC unroll 16
    for (int i = 0; i < Half; ++i) {
      const V a = sum[2 * i], b = sum[2 * i + 1];
      sum[i] = __builtin_shuffle(a, b, even) + __builtin_shuffle(a, b, odd);
    }
    add_up_lanes<Isa, T, Half / 2>(sum);
  }
}

/// Computes R rows by F columns of the result from the vectors of terms from `first` to `last`.
template <class Isa, class T, int R, int F>
void dot_tile(const Product<T>& p, const TermVectors<Isa, T>& terms, int64_t row, int64_t column, int64_t first, int64_t last) {
  using V = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth;
  static_assert(R * F <= W);
  V sum[W];
#pragma GCC unroll 16
  for (int i = 0; i < W; ++i) sum[i] = V{};
  const T* start[R];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) start[r] = p.a + (p.rows != nullptr ? p.rows[row + r] : (row + r) * p.a_stride);
  const T* b = p.b + (column * terms.all + first * F) * W;
  const auto add = [&](auto load) __attribute__((always_inline)) {
    V left[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) left[r] = load(start[r]);
#pragma GCC unroll 16
    for (int f = 0; f < F; ++f, b += W) {
      const V right = load_vector<Isa, T>(b);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) sum[r * F + f] += left[r] * right;
    }
  };
  const int rest = static_cast<int>(terms.segment % W);
  for (int64_t vector = first; vector < last;) {
    const int64_t which = vector / terms.each, inside = vector % terms.each;
    const int64_t behind = terms.each - inside < last - vector ? terms.each : inside + (last - vector);
    int64_t at = (p.segments != nullptr ? p.segments[which] : 0) + inside * W;
    const int64_t whole = behind == terms.each && rest != 0 ? behind - 1 : behind;
    for (int64_t i = inside; i < whole; ++i, at += W) add([at](const T* from) { return load_vector<Isa, T>(from + at); });
    if (whole < behind) add([at, rest](const T* from) { return Isa::load_first(from + at, rest); });
    vector += behind - inside;
  }
  T result[W];
  add_up_lanes<Isa, T, W / 2>(sum);
  store_vector<Isa, T>(result, sum[0]);
  const T* init = first == 0 ? p.init : p.c;
  const int64_t init_stride = first == 0 ? p.init_stride : p.c_stride;
  for (int r = 0; r < R; ++r) {
    for (int f = 0; f < F; ++f) {
      T value = result[r * F + f];
      if (init != nullptr) value += init[(row + r) * init_stride + column + f];
      if (p.clamp.on && last == terms.all)
        value = value < p.clamp.low ? p.clamp.low : (value > p.clamp.high ? p.clamp.high : value);
      p.c[(row + r) * p.c_stride + column + f] = value;
    }
  }
}

/// Computes all rows of F columns in tiles of R rows; the last rows use tiles of R / 2 rows, R / 4, …
template <class Isa, class T, int R, int F>
void dot_rows(const Product<T>& p, const TermVectors<Isa, T>& terms, int64_t row, int64_t column, int64_t first, int64_t last) {
  for (; row + R <= p.m; row += R) dot_tile<Isa, T, R, F>(p, terms, row, column, first, last);
  if constexpr (R > 1) dot_rows<Isa, T, R / 2, F>(p, terms, row, column, first, last);
}

/// Computes all columns in tiles of F columns, then of F / 2, F / 4, …, in the order of pack_matrix() (packing.h).
template <class Isa, class T, int F>
void dot_columns(const Product<T>& p, const TermVectors<Isa, T>& terms, int64_t column, int64_t first, int64_t last) {
  for (; column + F <= p.n; column += F) dot_rows<Isa, T, VectorOf<Isa, T>::kWidth / F, F>(p, terms, 0, column, first, last);
  if constexpr (F > 1) dot_columns<Isa, T, F / 2>(p, terms, column, first, last);
}

/// As in product(), a lane adds at most kSummedAtOnce terms in one chain.
template <class Isa, class T>
void dot_product(const Product<T>& p) {
  const TermVectors<Isa, T> terms(p);
  int64_t from = 0;
  do {
    const int64_t to = from + kSummedAtOnce < terms.all ? from + kSummedAtOnce : terms.all;
    dot_columns<Isa, T, most_dot_columns(VectorOf<Isa, T>::kWidth)>(p, terms, 0, from, to);
    from = to;
  } while (from < terms.all);
}

}  // namespace keraunos::cpu::isa
