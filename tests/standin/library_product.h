// The matrix product of the stand-ins of cuBLASLt and cuDNN: fast enough that small networks run in seconds, simple enough to be
// evidently right. Sums run in the order of k, in parts of kDepth.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace standin {

/// The right-hand matrix (inner × columns), packed eight columns at a time so that the innermost loop reads one stream.
template <class T>
class Panels {
 public:
  static constexpr int64_t kWidth = 8;  // columns of a panel

  Panels(int64_t inner, int64_t columns)
      : inner_(inner), columns_(columns), packed_(static_cast<size_t>(inner * ((columns + kWidth - 1) / kWidth) * kWidth)) {}

  int64_t inner() const { return inner_; }
  int64_t columns() const { return columns_; }

  /// Sets rows k … k + count − 1 of the matrix from dense `values`. Panels are far apart, so about sixteen rows at a time are
  /// faster than one.
  void set_rows(int64_t k, int64_t count, const T* values) {
    for (int64_t column = 0; column < columns_; column += kWidth) {
      const int64_t width = std::min(kWidth, columns_ - column);
      T* to = packed_.data() + column * inner_ + k * kWidth;
      for (int64_t row = 0; row < count; ++row, to += kWidth) std::copy_n(values + row * columns_ + column, width, to);
    }
  }

  /// result (rows × columns, `pitch` apart) = left (rows × inner, dense) · this.
  void multiply(const T* left, int64_t rows, T* result, int64_t pitch) const;

 private:
  int64_t inner_, columns_;
  std::vector<T> packed_;  // panel after panel; within one, row after row of kWidth columns
};

extern template class Panels<float>;
extern template class Panels<double>;

}  // namespace standin
