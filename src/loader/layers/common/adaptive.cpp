#include "loader/layers/common/adaptive.h"

#include "loader/layers/common/resampling.h"

namespace keraunos::loader {
namespace {

// Taps of weight 0 repeat an element of the window, which does not change a maximum.
Value maxima(Lowering& l, Value x, int axis, const Taps& taps) {
  const Value windows = l.gather(x, l.constant(TensorView(taps.ids, Dims{taps.results, taps.taps})), axis);
  const int taps_axis[]{axis + 1};
  return l.reduce(Reduction::maximum, windows, taps_axis);
}

Value pooled_along(Lowering& l, Value x, int axis, int64_t results, bool average) {
  const int64_t elements = l.dim(x, axis).size;
  if (elements < 1) l.refuse("pools a tensor without elements");
  if (results > kMostResults || elements > kMostElements)
    l.refuse("pools " + std::to_string(elements) + " elements of an axis to " + std::to_string(results) +
             "; 1048576 are the most");
  if (results == elements) return x;
  const Taps taps = adaptive_taps(elements, results);
  return average ? resample(l, x, axis, taps) : maxima(l, x, axis, taps);
}

// The window, if windows have equal sizes and do not overlap.
std::optional<Window> plain_window(Lowering& l, Value x, std::span<const int64_t> results) {
  Window window;
  for (size_t i = 0; i < results.size(); ++i) {
    const int64_t elements = l.dim(x, static_cast<int>(i) + 1).size;
    if (elements < 1 || elements % results[i] != 0) return std::nullopt;
    window.size[i] = window.stride[i] = elements / results[i];
  }
  return window;
}

}  // namespace

Value adaptive_pool(Lowering& l, Value x, std::span<const int64_t> results, bool average) {
  if (const auto window = plain_window(l, x, results)) return average ? l.average_pool(x, *window) : l.max_pool(x, *window);
  const DType type = l.dtype(x);
  if (average && size_of(type) == 2) x = l.cast(x, DType::float32);
  for (size_t i = 0; i < results.size(); ++i) x = pooled_along(l, x, static_cast<int>(i) + 1, results[i], average);
  return l.cast(x, type);
}

}  // namespace keraunos::loader
