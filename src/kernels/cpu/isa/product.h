// Matrix products of packed B, in registers. A register tile of R rows by 2·P vectors stays in registers over a block of k; B's
// panels (two vectors wide) stream from L1, A's elements are broadcast straight from its rows. One row takes four panels at once,
// as two accumulators would wait for each other's additions.
#pragma once

#include "kernels/cpu/isa/product_tile.h"

namespace keraunos::cpu::isa {

/// All columns of R rows, R few.
template <class Isa, class T, int R, bool Gathered>
void product_rows(const Product<T>& p, int64_t row, int64_t from_k, int64_t to_k) {
  constexpr int kPanel = 2 * VectorOf<Isa, T>::kWidth;
  constexpr int P = R == 1 ? 4 : (R <= 3 ? 2 : 1);
  int64_t column = 0;
  for (; column + kPanel * P <= p.n; column += kPanel * P)
    product_tile<Isa, T, R, P, Gathered, false>(p, row, column, from_k, to_k);
  for (; column < p.n; column += kPanel) product_tile<Isa, T, R, 1, Gathered, false>(p, row, column, from_k, to_k);
}

template <class Isa, class T, int R, bool Gathered>
void product_few_rows(const Product<T>& p, int64_t from_k, int64_t to_k) {
  if constexpr (R > 0) {
    if (p.m == R) return product_rows<Isa, T, R, Gathered>(p, 0, from_k, to_k);
    product_few_rows<Isa, T, R - 1, Gathered>(p, from_k, to_k);
  }
}

/// `tiles` tiles of `height` rows each, below one another in one panel of columns.
template <class Isa, class T, int R, bool Gathered, bool Far>
void product_column(const Product<T>& p, int64_t height, int64_t tiles, int64_t row, int64_t column, int64_t from_k,
                    int64_t to_k) {
  if constexpr (R > 0) {
    if (height != R) return product_column<Isa, T, R - 1, Gathered, Far>(p, height, tiles, row, column, from_k, to_k);
    for (; tiles > 0; --tiles, row += R) product_tile<Isa, T, R, 1, Gathered, Far>(p, row, column, from_k, to_k);
  }
}

/// Rows shared evenly by as few tiles as hold them: `tall` tiles of height + 1 rows, then others of `height`. A last tile of one
/// or two rows would cost as much as one of four.
struct TileRows {
  int64_t tiles, height, tall;
  int64_t start(int64_t tile) const noexcept { return tile * height + (tile < tall ? tile : tall); }
};
inline TileRows tile_rows(int64_t m, int64_t most) {
  const int64_t tiles = (m + most - 1) / most;
  return {tiles, m / tiles, m % tiles};
}

template <class Isa, class T, bool Gathered, bool Far>
void product_blocks(const Product<T>& p) {
  constexpr int kRows = Isa::kRows;
  constexpr int kPanel = 2 * VectorOf<Isa, T>::kWidth;
  constexpr int64_t kTiles = 16, kInnerBlock = 256;  // 96 rows of A by 256 of k stay in L2; a panel of 256 of k is 16 kB on AVX2
  const TileRows rows = tile_rows(p.m, kRows);
  const int64_t blocks = (rows.tiles + kTiles - 1) / kTiles;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = rows.tiles * block / blocks, last = rows.tiles * (block + 1) / blocks;
    const int64_t middle = rows.tall < first ? first : rows.tall > last ? last : rows.tall;
    for (int64_t k = 0; k < p.k; k += kInnerBlock) {
      // Blocks of k share the rest evenly enough: a last one below half a block is joined to its neighbour.
      int64_t to_k = k + kInnerBlock;
      if (to_k + kInnerBlock / 2 > p.k) to_k = p.k;
      if (p.m <= kRows) {
        product_few_rows<Isa, T, kRows, Gathered>(p, k, to_k);
      } else {
        for (int64_t column = 0; column < p.n; column += kPanel) {
          product_column<Isa, T, kRows, Gathered, Far>(p, rows.height + 1, middle - first, rows.start(first), column, k, to_k);
          product_column<Isa, T, kRows, Gathered, Far>(p, rows.height, last - middle, rows.start(middle), column, k, to_k);
        }
      }
      if (to_k == p.k) break;
    }
  }
}

template <class Isa, class T>
void product(const Product<T>& p) {
  if (p.k == 0) {
    for (int64_t row = 0; row < p.m; ++row) product_rows<Isa, T, 1, false>(p, row, 0, 0);
    return;
  }
  // A B that L2 does not hold comes from further away for every block of rows, and tiles wait for it.
  constexpr int64_t kFarBytes = int64_t{2} << 20;
  const bool far = p.k * p.n * static_cast<int64_t>(sizeof(T)) > kFarBytes;
  if (p.rows != nullptr) return far ? product_blocks<Isa, T, true, true>(p) : product_blocks<Isa, T, true, false>(p);
  return far ? product_blocks<Isa, T, false, true>(p) : product_blocks<Isa, T, false, false>(p);
}

}  // namespace keraunos::cpu::isa
