#include "loader/layers/common/signals.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"

namespace keraunos::loader {
namespace {

// Extends a signal by reflection at both ends, without repeating the end elements.
Value mirrored(Lowering& l, Value x, int64_t by) {
  const int64_t extent = l.dim(x, -1).size;
  if (by == 0) return x;
  if (by >= extent)
    l.refuse("mirrors " + std::to_string(by) + " elements at the ends of " + std::to_string(extent) +
             "; give it a longer signal");
  const Value parts[] = {l.reverse(l.slice_axis(x, -1, 1, by), -1), x, l.reverse(l.slice_axis(x, -1, extent - 1 - by, by), -1)};
  return l.concatenate(parts, -1);
}

// The window padded with zeros to the transform's length.
std::vector<double> spread(const ShortTime& how) {
  std::vector<double> window(static_cast<size_t>(how.transform), how.window.empty() ? 1.0 : 0.0);
  std::copy(how.window.begin(), how.window.end(), window.begin() + (how.transform - how.length) / 2);
  return window;
}

void check(Lowering& l, const ShortTime& how) {
  if (how.length < 1 || how.stride < 1 || how.transform < how.length || how.transform > Range::kMostExtent)
    l.refuse("has windows of " + std::to_string(how.length) + " elements, " + std::to_string(how.stride) +
             " apart, and transforms of " + std::to_string(how.transform) +
             "; all are at least 1, and a transform is no shorter than a window");
  if (!how.window.empty() && static_cast<int64_t>(how.window.size()) != how.length)
    l.refuse("has a window function of " + std::to_string(how.window.size()) + " numbers for windows of " +
             std::to_string(how.length));
  debit(l, "the windows of a short-time transform", host::checked_multiply(how.transform, 4 * int64_t{sizeof(double)}));
}

// The window with which twice-windowed frames add up to the signal: Griffin and Lim, equation 7.
std::vector<double> inverse_window(const ShortTime& how) {
  const std::vector<double> window = spread(how);
  std::vector<double> sums(static_cast<size_t>(std::min(how.stride, how.transform)), 0.0), result;
  for (size_t i = 0; i < window.size(); ++i) sums[i % static_cast<size_t>(how.stride)] += window[i] * window[i];
  for (size_t i = 0; i < window.size(); ++i) result.push_back(window[i] / sums[i % static_cast<size_t>(how.stride)]);
  return result;
}

double mel_of(double hertz) { return 1127 * std::log(1 + hertz / 700); }

}  // namespace

// Gathering whole windows would need an index for each of their elements: pieces of a common divisor of stride and length need
// fewer.
Value windows_of(Lowering& l, Value x, int64_t length, int64_t stride) {
  const int64_t extent = l.dim(x, -1).size;
  if (length < 1 || stride < 1 || length > extent || length > Range::kMostExtent)
    l.refuse("takes windows of " + std::to_string(length) + " elements, " + std::to_string(stride) + " apart, of " +
             std::to_string(extent));
  const int64_t piece = std::gcd(length, stride), each = length / piece, step = stride / piece;
  const int64_t count = 1 + (extent - length) / stride, pieces = extent / piece;
  debit(l, "the places of the windows", host::checked_multiply(host::checked_multiply(count, each), 8));
  std::vector<int64_t> places;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < each; ++j) places.push_back(i * step + j);
  }
  const Value cut = with_last_axes(l, l.slice_axis(x, -1, 0, pieces * piece), 1, {pieces, piece});
  const Value found = l.gather(cut, l.constant(TensorView(places, Dims{count, each})), l.rank(cut) - 2);
  return with_last_axes(l, found, 3, {count, length});
}

// In pieces as long as the stride, piece p of window w is added to position w + p: if each row of pieces is padded by one,
// reading the rows consecutively with their original length shifts each by one.
Value windows_added(Lowering& l, Value windows, int64_t stride) {
  if (l.rank(windows) < 2 || stride < 1 || stride > Range::kMostExtent)
    l.refuse("adds windows of a tensor " + l.dims(windows).to_string() + ", " + std::to_string(stride) + " elements apart");
  const int64_t count = l.dim(windows, -2).size, length = l.dim(windows, -1).size;
  if (count < 1 || length < 1) l.refuse("adds windows of a tensor " + l.dims(windows).to_string() + " without elements");
  const int64_t pieces = (length - 1) / stride + 1, places = count + pieces;
  const int rank = l.rank(windows);
  std::vector<int64_t> low(static_cast<size_t>(rank), 0), high = low;
  high[high.size() - 2] = pieces, high.back() = host::checked_multiply(pieces, stride) - length;
  Value y = with_last_axes(l, l.pad(windows, low, high, 0), 2, {places, pieces, stride});
  std::vector<int> order;
  for (int axis = 0; axis + 2 < rank; ++axis) order.push_back(axis);
  for (int axis : {rank - 1, rank - 2, rank}) order.push_back(axis);
  y = with_last_axes(l, l.transpose(y, order), 3, {host::checked_multiply(pieces, places), stride});
  y = with_last_axes(l, l.slice_axis(y, -2, 0, pieces * (places - 1)), 2, {pieces, places - 1, stride});
  const int along[] = {rank - 2};
  const Value sum = l.reduce(Reduction::sum, y, along);
  const Value all = with_last_axes(l, sum, 2, {host::checked_multiply(places - 1, stride)});
  return l.slice_axis(all, -1, 0, length + stride * (count - 1));
}

std::vector<double> window_named(Lowering& l, std::string_view name, int64_t length) {
  debit(l, "a window function", host::checked_multiply(length, 8));
  if (length == 1) return {1.0};
  const double mean = name == "hann" ? 0.5 : 0.54;
  const double period = static_cast<double>(length % 2 == 0 ? length : length - 1);
  std::vector<double> window;
  for (int64_t i = 0; i < length; ++i)
    window.push_back(mean - (1 - mean) * std::cos(2 * std::numbers::pi * static_cast<double>(i) / period));
  return window;
}

Complex short_time_transform(Lowering& l, Value x, const ShortTime& how) {
  require_transformable(l, x);
  check(l, how);
  if (how.centred) x = mirrored(l, x, how.transform / 2);
  Value windows = windows_of(l, x, how.transform, how.stride);
  if (!how.window.empty()) windows = l.multiply(windows, rounded_constant(l, spread(how), Dims{how.transform}, l.dtype(x)));
  return transformed(l, {windows, {}}, {.results = how.transform / 2 + 1}, Direction::forward);
}

Value inverse_short_time_transform(Lowering& l, Complex x, const ShortTime& how, std::optional<int64_t> samples) {
  require_transformable(l, x.real);
  check(l, how);
  if (l.rank(x.real) < 2) l.refuse("needs tensors of rank 2 at least, found " + l.dims(x.real).to_string());
  const int64_t half = how.transform / 2;
  Value windows = inverse_of_real(l, {with_extent(l, x.real, half + 1), with_extent(l, x.imaginary, half + 1)}, how.transform);
  if (!how.window.empty())
    windows = l.multiply(windows, rounded_constant(l, inverse_window(how), Dims{how.transform}, l.dtype(windows)));
  const Value all = windows_added(l, windows, how.stride);
  const int64_t found = l.dim(all, -1).size, start = std::min(how.centred ? half : 0, found);
  const int64_t end = samples ? start + std::min(*samples, found - start) : how.centred ? found - half : found;
  return l.slice_axis(all, -1, start, std::max<int64_t>(end - start, 0));
}

// Frequency 0 belongs to no bin.
Value mel_weights(Lowering& l, int64_t bins, int64_t frequencies, double rate, double lowest, double highest, DType type) {
  debit(l, "the weights of the mel scale", host::checked_multiply(host::checked_multiply(bins, frequencies), 8));
  const double first = mel_of(lowest), width = (mel_of(highest) - first) / static_cast<double>(bins + 1);
  std::vector<double> weights(static_cast<size_t>(bins * frequencies), 0.0);
  for (int64_t i = 1; i < frequencies; ++i) {
    const double mel = mel_of(rate / 2 * static_cast<double>(i) / static_cast<double>(frequencies - 1));
    for (int64_t bin = 0; bin < bins; ++bin) {
      const double rising = (mel - first) / width - static_cast<double>(bin), falling = 2 - rising;
      weights[static_cast<size_t>(i * bins + bin)] = std::max(0.0, std::min(rising, falling));
    }
  }
  return rounded_constant(l, weights, Dims{frequencies, bins}, type);
}

}  // namespace keraunos::loader
