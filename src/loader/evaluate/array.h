// Arrays of numbers on the host, with which losses and metrics are computed. Numbers are float64; functions round to float32
// where Keras's rounding is visible (limits next to 0 and 1, thresholds).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::loader {

struct Array {
  std::vector<int64_t> dims{};  ///< empty: a scalar
  std::vector<double> at{0};

  static Array number(double value) { return {{}, {value}}; }
  static Array filled(const std::vector<int64_t>& dims, double value);
  /// Rows `first` to `first + count` of a tensor on the host. UsageError for strings.
  static Array rows_of(const TensorView& view, int64_t first, int64_t count);

  int rank() const noexcept { return static_cast<int>(dims.size()); }
  int64_t size() const noexcept { return static_cast<int64_t>(at.size()); }
  int64_t last() const noexcept { return dims.empty() ? 1 : dims.back(); }
  std::string shape() const;  ///< "(3, 4)"
};

Array squeezed(Array x);  ///< without its last axis, which is 1
Array expanded(Array x);  ///< with a last axis of 1
Array flat(const Array& x);
/// UsageError where the dims do not broadcast.
Array broadcast(const Array& x, const std::vector<int64_t>& dims);
std::vector<int64_t> common_dims(const Array& a, const Array& b);
/// f of both elements, broadcast.
Array zip(const Array& a, const Array& b, const std::function<double(double, double)>& f);
Array map(Array x, const std::function<double(double)>& f);
/// The axis in the last place. UsageError where there is none.
Array with_last(const Array& x, int64_t axis);
/// Sums over the axes from `first` on.
Array sum_from(const Array& x, int first);
Array mean_from(const Array& x, int first);
/// f of each line along the last axis.
Array by_line(const Array& x, const std::function<double(const double* line, int64_t length)>& f);
/// For by_line: the first index of the largest number.
double place_of_largest(const double* line, int64_t length);
double sum_of(const Array& x);

/// Keras 3's rule for two arrays that may differ by a last axis of 1; `expand_rank_1`: a vector gets that axis, otherwise the
/// other array loses it.
void to_same_rank(Array& a, Array& b, bool expand_rank_1 = true);

}  // namespace keraunos::loader
