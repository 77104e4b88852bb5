// Images of another size, as TensorFlow computes them. Each axis by itself: a result is a weighted sum of neighbouring elements,
// and the weights follow from the two extents. They are computed in float32 where TensorFlow does so, as its roundings show in
// the results.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class Interpolation : uint8_t { nearest, bilinear, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic };

/// By Keras's name, in lower case.
std::optional<Interpolation> interpolation_named(std::string_view name);

/// The elements that make up each result along one axis, `taps` for every one; a weight of 0 counts nothing.
struct Taps {
  int64_t results = 0, taps = 0;
  std::vector<int32_t> ids{};
  std::vector<double> weights{};
  bool lerp = false;  ///< as in host::Resample
};

/// More results, and more elements, along an axis than any image has; a file may name any size.
constexpr int64_t kMostResults = int64_t{1} << 20, kMostElements = int64_t{1} << 24;

/// From `elements` to `results` along one axis; both are at least 1 and within the bounds.
Taps taps_of(Interpolation method, int64_t elements, int64_t results, bool antialias);
/// The same where pixels are points (resize_points).
Taps taps_of_points(Interpolation method, int64_t elements, int64_t results, bool align_corners);
/// The window of each result, from floor(i · elements / results) to ceil((i + 1) · elements / results): their mean.
Taps adaptive_taps(int64_t elements, int64_t results);

/// x with the results of `taps` along the axis. x is float32 or float64.
Value resample(Builder& b, Value x, int axis, const Taps& taps);
/// Each element of the axes as often as `times` says, one after the other. Axes ascend.
Value repeat_elements(Builder& b, Value x, int first_axis, std::span<const int64_t> times);

/// x (…, height, width, C) at another size; float32, or x's dtype where the nearest element is taken.
Value resize(Lowering& l, Value x, int64_t height, int64_t width, Interpolation method, bool antialias);

/// As TensorFlow 1 resizes, to the nearest element or bilinear: pixels are points, result i lies at i · elements / results, or
/// with `align_corners` at i · (elements − 1) / (results − 1).
Value resize_points(Lowering& l, Value x, int64_t height, int64_t width, Interpolation method, bool align_corners);

/// The largest centred part of x (…, height, width, C) that has the target's aspect ratio. `wide`: computed in float64.
Value crop_to_aspect(Lowering& l, Value x, int64_t height, int64_t width, bool wide);
/// x centred in the smallest image of the target's aspect ratio. Where the padding is odd, TensorFlow leaves out its last line.
Value pad_to_aspect(Lowering& l, Value x, int64_t height, int64_t width, double fill);

/// What Keras 3 makes of a resized image: integers are rounded and clipped to their range.
Value as_before(Lowering& l, Value resized, DType type);

}  // namespace keraunos::loader
