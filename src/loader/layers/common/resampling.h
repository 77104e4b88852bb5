// Resizes images as TensorFlow does, one axis at a time: a result is a weighted sum of neighbouring elements, with weights that
// depend on the two extents. The weights are computed in float32 where TensorFlow does so, because the rounding is visible in the
// results.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class Interpolation : uint8_t { nearest, bilinear, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic };

/// The interpolation with Keras's name, in lower case.
std::optional<Interpolation> interpolation_named(std::string_view name);

/// The elements of each result along one axis, `taps` for every one; a tap of weight 0 is ignored.
struct Taps {
  int64_t results = 0, taps = 0;
  std::vector<int32_t> ids{};
  std::vector<double> weights{};
  bool lerp = false;  ///< as in host::Resample
};

/// Bounds on results and elements along an axis, larger than any image; a file may state any size.
constexpr int64_t kMostResults = int64_t{1} << 20, kMostElements = int64_t{1} << 24;

/// From `elements` to `results` along one axis; both at least 1 and within the bounds.
Taps taps_of(Interpolation method, int64_t elements, int64_t results, bool antialias);
/// The same for pixels as points (resize_points).
Taps taps_of_points(Interpolation method, int64_t elements, int64_t results, bool align_corners);
/// Taps of means over windows, from floor(i · elements / results) to ceil((i + 1) · elements / results).
Taps adaptive_taps(int64_t elements, int64_t results);

/// x with the results of `taps` along the axis. x must be float32 or float64.
Value resample(Builder& b, Value x, int axis, const Taps& taps);
/// Repeats each element along the axes from `first_axis` on `times` times, copies adjacent.
Value repeat_elements(Builder& b, Value x, int first_axis, std::span<const int64_t> times);

/// x (…, height, width, C) at another size; float32, or x's dtype where the nearest element is taken.
Value resize(Lowering& l, Value x, int64_t height, int64_t width, Interpolation method, bool antialias);

/// Resizes as TensorFlow 1, to the nearest element or bilinear: pixels are points, result i is at i · elements / results, or with
/// `align_corners` at i · (elements − 1) / (results − 1).
Value resize_points(Lowering& l, Value x, int64_t height, int64_t width, Interpolation method, bool align_corners);

/// The largest centred part of x (…, height, width, C) that has the target's aspect ratio. `wide`: computed in float64.
Value crop_to_aspect(Lowering& l, Value x, int64_t height, int64_t width, bool wide);
/// x centred in the smallest image of the target's aspect ratio. If the padding is odd, its last line is missing, as in
/// TensorFlow.
Value pad_to_aspect(Lowering& l, Value x, int64_t height, int64_t width, double fill);

/// Converts a resized image back to `type` as Keras 3: integers are rounded and clipped to their range.
Value as_before(Lowering& l, Value resized, DType type);

}  // namespace keraunos::loader
