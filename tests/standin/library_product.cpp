#include "standin/library_product.h"

#include <cstring>

namespace standin {
namespace {

constexpr int64_t kDepth =
    256;  // partial sums of this length are added up: closer to the true sum, and the part of a panel stays in L1

/// `Rows` rows of the left matrix by one panel over `depth` steps of k, with all sums in registers.
template <class T, int Rows>
void tile(const T* rows_of_left, int64_t inner, const T* panel, int64_t depth, bool first, int64_t columns, T* result,
          int64_t pitch) {
  typedef T Vector __attribute__((vector_size(16)));
  constexpr int kLanes = 16 / sizeof(T), kVectors = static_cast<int>(Panels<T>::kWidth) / kLanes;
  Vector sums[Rows][kVectors] = {};
  for (int64_t k = 0; k < depth; ++k) {
    Vector right[kVectors];
    std::memcpy(right, panel + k * Panels<T>::kWidth, sizeof right);
#pragma GCC unroll 8
    for (int row = 0; row < Rows; ++row) {
      const T value = rows_of_left[row * inner + k];
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sums[row][v] += value * right[v];
    }
  }
  for (int row = 0; row < Rows; ++row) {
    T row_sums[Panels<T>::kWidth];
    std::memcpy(row_sums, sums[row], sizeof row_sums);
    T* const to = result + row * pitch;
    for (int64_t c = 0; c < columns; ++c) to[c] = first ? row_sums[c] : to[c] + row_sums[c];
  }
}

}  // namespace

template <class T>
void Panels<T>::multiply(const T* left, int64_t rows, T* result, int64_t pitch) const {
  for (int64_t k = 0; k < inner_; k += kDepth) {
    const int64_t depth = std::min(kDepth, inner_ - k);
    for (int64_t column = 0; column < columns_; column += kWidth) {
      const T* const panel = packed_.data() + column * inner_ + k * kWidth;
      const int64_t width = std::min(kWidth, columns_ - column);
      int64_t row = 0;
      for (; row + 4 <= rows; row += 4)
        tile<T, 4>(left + row * inner_ + k, inner_, panel, depth, k == 0, width, result + row * pitch + column, pitch);
      for (; row < rows; ++row)
        tile<T, 1>(left + row * inner_ + k, inner_, panel, depth, k == 0, width, result + row * pitch + column, pitch);
    }
  }
}

template class Panels<float>;
template class Panels<double>;

}  // namespace standin
