// Transposed convolution: result o is the sum of x[i] · kernel[t] over all i and t with i · stride + t · dilation = o + low.
//
// It is computed by the phases of the stride. All results o with (o + low) mod stride = r need the taps t ≡ r only, so they are
// an ordinary convolution with these taps, flipped. Phases with equally many taps are the filters of one convolution, whose
// result is then reordered. Every product that Keras sums is computed once, and none with an inserted zero.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// One spatial axis of a transposed convolution. `results` elements come out; `low` of the sums in front of them are cut off.
struct TransposedAxis {
  int64_t stride = 1, dilation = 1, results = 0, low = 0;
};

/// The axis for TensorFlow's paddings: the result is what an ordinary convolution over `results` elements would have read.
/// Nothing where that convolution would not give `elements` results; TensorFlow refuses it then.
std::optional<TransposedAxis> transposed_axis(int64_t elements, int64_t size, int64_t stride, int64_t dilation, int64_t results,
                                              bool same);

/// The results of Keras's transposed convolution along an axis: stride times as many elements and, for "valid", those that the
/// kernel reaches over. An output_padding adds to what the last element reaches; of "same" the kernel's even part is cut off.
int64_t transposed_results(int64_t elements, int64_t reach, int64_t stride, bool same, std::optional<int64_t> output_padding);

/// What follows the sums: a bias and a function of single elements. It is given (…, copies · filters): the filters that many
/// times.
using Finish = std::function<Value(Value, int64_t copies)>;

/// x (N, spatial…, C), kernel (spatial…, F, C) → (N, spatial…, F), finished. An axis may have a stride or a dilation above 1, not
/// both.
Value convolve_transposed(Builder& b, Value x, Value kernel, const std::vector<TransposedAxis>& axes, const Finish& finish);

}  // namespace keraunos::loader
