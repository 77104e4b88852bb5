// Where Keras's windows lie: padding "valid", "same" and "causal" become numbers, as the extents of a call are known.
//
// With a kernel of k taps, dilation d and stride s over n elements, the window reaches e = (k−1)·d + 1 elements.
// valid: no padding. same: the result has ceil(n/s) elements, so max((ceil(n/s)−1)·s + e − n, 0) elements of padding are needed;
// the smaller half goes in front. For n = 6, k = 3, s = 2 that is 0 in front and 1 behind: padding symmetrically, as other
// frameworks do, shifts every window by one. causal: all e − 1 in front, so that no result sees a later element.
#pragma once

#include <span>
#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class Padding : uint8_t { valid, same, causal };

/// config["padding"]; refuses other words, and "causal" where Keras has no causal padding.
Padding padding_of(const Config& config, bool may_be_causal = false);

/// Padding in front of and behind one axis.
struct Edges {
  int64_t low = 0, high = 0;
  friend bool operator==(const Edges&, const Edges&) = default;
};
Edges edges_of(Padding padding, int64_t elements, int64_t size, int64_t stride, int64_t dilation);

/// The window over the spatial axes of x, which is (N, spatial…, C). One number per spatial axis each.
Window window_over(const Shape& x, Padding padding, std::span<const int64_t> size, std::span<const int64_t> stride,
                   std::span<const int64_t> dilation);

/// True where "same" meets a spatial axis without elements: Keras gives as little there, though no window lies on the input.
bool is_empty_same(const Shape& x, Padding padding);
/// What it gives: a tensor without elements, of that many channels.
Value nothing_same(Lowering& l, Value x, std::span<const int64_t> stride, Dim channels);

}  // namespace keraunos::loader
