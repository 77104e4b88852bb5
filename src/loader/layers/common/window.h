// Positions of Keras's windows: padding "valid", "same" and "causal" become numbers, because the extents of a call are known.
//
// With a kernel of k taps, dilation d and stride s over n elements, the window reaches e = (k−1)·d + 1 elements. valid: no
// padding. same: the result has ceil(n/s) elements, so max((ceil(n/s)−1)·s + e − n, 0) elements of padding are needed; the
// smaller half goes before. For n = 6, k = 3, s = 2 that is 0 before and 1 after: symmetric padding, as in other frameworks,
// would shift every window by one. causal: all e − 1 before, so that no result depends on a later element.
#pragma once

#include <span>
#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class Padding : uint8_t { valid, same, causal };

/// config["padding"]; refuses other texts, and "causal" where Keras has no causal padding.
Padding padding_of(const Config& config, bool may_be_causal = false);

/// Padding before and after one axis.
struct Edges {
  int64_t low = 0, high = 0;
  friend bool operator==(const Edges&, const Edges&) = default;
};
Edges edges_of(Padding padding, int64_t elements, int64_t size, int64_t stride, int64_t dilation);

/// The window over the spatial axes of x, which is (N, spatial…, C). Each span has one number for each spatial axis.
Window window_over(const Shape& x, Padding padding, std::span<const int64_t> size, std::span<const int64_t> stride,
                   std::span<const int64_t> dilation);

/// True for "same" padding of an empty spatial axis: Keras's result is empty too, although no window lies on the input.
bool is_empty_same(const Shape& x, Padding padding);
/// That result: an empty tensor with `channels` channels.
Value nothing_same(Lowering& l, Value x, std::span<const int64_t> stride, Dim channels);

}  // namespace keraunos::loader
