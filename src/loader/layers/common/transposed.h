// Transposed convolution: result o is the sum of x[i] · kernel[t] over all i and t with i · stride + t · dilation = o + low.
//
// Computed by phases of the stride. All results o with (o + low) mod stride = r need only the taps t ≡ r, so they are an ordinary
// convolution with these taps, flipped. Phases with equal numbers of taps are the filters of one convolution, whose result is
// then reordered. Every product that Keras sums is computed once, and none with an inserted zero.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// One spatial axis of a transposed convolution with `results` results; the first `low` sums are dropped.
struct TransposedAxis {
  int64_t stride = 1, dilation = 1, results = 0, low = 0;
};

/// The axis for TensorFlow's paddings: the result has the extent from which an ordinary convolution would give `elements`
/// elements. Absent where it would not; TensorFlow refuses that.
std::optional<TransposedAxis> transposed_axis(int64_t elements, int64_t size, int64_t stride, int64_t dilation, int64_t results,
                                              bool same);

/// The number of results of Keras's transposed convolution along an axis: stride times the elements and, for "valid", those that
/// the kernel additionally covers. An output_padding adds to the range of the last element; for "same" the even part of the
/// kernel is dropped.
int64_t transposed_results(int64_t elements, int64_t reach, int64_t stride, bool same, std::optional<int64_t> output_padding);

/// Applied to the sums: a bias and an elementwise function. Its argument is (…, copies · filters): the filters repeated that many
/// times.
using Finish = std::function<Value(Value, int64_t copies)>;

/// x (N, spatial…, C), kernel (spatial…, F, C) → (N, spatial…, F), finished. An axis may have a stride or a dilation above 1, but
/// not both.
Value convolve_transposed(Builder& b, Value x, Value kernel, const std::vector<TransposedAxis>& axes, const Finish& finish);

}  // namespace keraunos::loader
