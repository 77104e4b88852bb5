#include "loader/layers/common/resampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "host/graph/extent.h"
#include "host/graph/graph.h"

namespace keraunos::loader {
namespace {

constexpr std::array<std::string_view, 8> kNames{"nearest",  "bilinear", "bicubic",  "area",
                                                 "lanczos3", "lanczos5", "gaussian", "mitchellcubic"};

}  // namespace

std::optional<Interpolation> interpolation_named(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Interpolation>(found - kNames.begin());
}

Value resample(Builder& b, Value x, int axis, const Taps& taps) {
  const Dims shape{taps.results, taps.taps};
  const Value ids = b.constant(TensorView(taps.ids, shape));
  const Value weights = b.cast(b.constant(TensorView(taps.weights, shape)), b.dtype(x));
  return host::graph_of(b).add(host::Resample{axis, taps.lerp}, {x, ids, weights})[0];
}

Value repeat_elements(Builder& b, Value x, int first_axis, std::span<const int64_t> times) {
  const Shape from = b.shape(x);
  const auto first = static_cast<size_t>(first_axis);
  Shape apart(from.begin(), from.begin() + first_axis), copies = apart, together = apart;
  for (size_t i = 0; i < times.size(); ++i) {
    const Dim extent = from[first + i];
    apart.push_back(extent), apart.push_back({1});
    copies.push_back(extent), copies.push_back({times[i]});
    together.push_back({host::checked_multiply(extent.size, times[i]), extent.varies});
  }
  for (Shape* shape : {&apart, &copies, &together})
    shape->insert(shape->end(), from.begin() + first_axis + static_cast<ptrdiff_t>(times.size()), from.end());
  return b.reshape(b.broadcast_to(b.reshape(x, apart), copies), together);
}

namespace {

bool changes_nothing(const Taps& taps, int64_t elements) {
  if (taps.results != elements) return false;
  for (int64_t i = 0; i < taps.results; ++i) {
    for (int64_t k = 0; k < taps.taps; ++k) {
      const auto at = static_cast<size_t>(i * taps.taps + k);
      if (taps.weights[at] != (taps.ids[at] == i ? 1 : 0)) return false;
    }
  }
  return true;
}

using TapsOf = std::function<Taps(int64_t elements, int64_t results)>;

Value resized_along(Lowering& l, Value x, int axis, int64_t results, bool picks, const TapsOf& taps_of) {
  const int64_t elements = l.dim(x, axis).size;
  if (elements < 1) l.refuse("resizes an image without elements");
  if (results < 1 || results > kMostResults || elements > kMostElements)
    l.refuse("resizes " + std::to_string(elements) + " elements of an axis to " + std::to_string(results) +
             "; 1 to 1048576 are supported");
  const Taps taps = taps_of(elements, results);
  if (changes_nothing(taps, elements)) return x;
  if (!picks) return resample(l, x, axis, taps);
  return l.gather(x, l.constant(TensorView(taps.ids, Dims{taps.results})), axis);
}

// The width first, so that the height then sums whole lines.
Value resized(Lowering& l, Value x, int64_t height, int64_t width, Interpolation method, const TapsOf& taps_of) {
  const bool picks = method == Interpolation::nearest;
  if (!picks) x = l.cast(x, DType::float32);
  const int rank = l.rank(x);
  return resized_along(l, resized_along(l, x, rank - 2, width, picks, taps_of), rank - 3, height, picks, taps_of);
}

// The steps of TensorFlow, in float32 or in float64.
template <class Real>
int64_t centred_part(int64_t extent, int64_t target, int64_t other) {
  return static_cast<int64_t>(static_cast<Real>(host::checked_multiply(extent, target)) / static_cast<Real>(other));
}

}  // namespace

Value resize(Lowering& l, Value x, int64_t height, int64_t width, Interpolation method, bool antialias) {
  return resized(l, x, height, width, method,
                 [&](int64_t elements, int64_t results) { return taps_of(method, elements, results, antialias); });
}

Value resize_points(Lowering& l, Value x, int64_t height, int64_t width, Interpolation method, bool align_corners) {
  return resized(l, x, height, width, method,
                 [&](int64_t elements, int64_t results) { return taps_of_points(method, elements, results, align_corners); });
}

Value crop_to_aspect(Lowering& l, Value x, int64_t height, int64_t width, bool wide) {
  const int64_t h = l.dim(x, -3).size, w = l.dim(x, -2).size;
  const auto part = wide ? centred_part<double> : centred_part<float>;
  const int64_t rows = std::max<int64_t>(std::min(h, part(w, height, width)), 1);
  const int64_t columns = std::max<int64_t>(std::min(w, part(h, width, height)), 1);
  if (rows > h || columns > w) l.refuse("crops an image without elements");
  return l.slice_axis(l.slice_axis(x, -3, (h - rows) / 2, rows), -2, (w - columns) / 2, columns);
}

Value pad_to_aspect(Lowering& l, Value x, int64_t height, int64_t width, double fill) {
  const int64_t h = l.dim(x, -3).size, w = l.dim(x, -2).size;
  const auto rank = static_cast<size_t>(l.rank(x));
  std::vector<int64_t> edges(rank, 0);
  edges[rank - 3] = (std::max(h, centred_part<float>(w, height, width)) - h) / 2;
  edges[rank - 2] = (std::max(w, centred_part<float>(h, width, height)) - w) / 2;
  return l.pad(x, edges, edges, fill);
}

namespace {

double least_of(DType type) {
  switch (type) {
    case DType::int8: return -128;
    case DType::int16: return -32768;
    case DType::int32: return std::numeric_limits<int32_t>::min();
    case DType::int64: return static_cast<double>(std::numeric_limits<int64_t>::min());
    default: return 0;
  }
}

// The largest number of the dtype that is exact in float64.
double most_of(DType type) {
  switch (type) {
    case DType::boolean: return 1;
    case DType::int8: return 127;
    case DType::uint8: return 255;
    case DType::int16: return 32767;
    case DType::uint16: return 65535;
    case DType::int32: return std::numeric_limits<int32_t>::max();
    case DType::uint32: return std::numeric_limits<uint32_t>::max();
    default: return 0x1p63 - 1024;
  }
}

}  // namespace

Value as_before(Lowering& l, Value resized, DType type) {
  if (l.dtype(resized) == type || is_floating(type)) return l.cast(resized, type);
  const DType computed = size_of(type) < 4 ? DType::float32 : DType::float64;
  const Value whole = l.unary(Function::round_even, l.cast(resized, computed));
  const Value least = l.binary(Function::maximum, whole, l.scalar(least_of(type), computed));
  return l.cast(l.binary(Function::minimum, least, l.scalar(most_of(type), computed)), type);
}

}  // namespace keraunos::loader
