// Signals in time: windows, short-time Fourier transforms and their inverses, as defined by tf.signal and keras.ops.
#pragma once

#include "loader/layers/common/fourier.h"

namespace keraunos::loader {

/// (…, time) → (…, windows, length), one window every `stride` elements; refuses a length above the extent of time.
Value windows_of(Lowering& l, Value x, int64_t length, int64_t stride);

/// (…, windows, length) → (…, time): the sum of windows at a distance of `stride` elements.
Value windows_added(Lowering& l, Value windows, int64_t stride);

/// A window function of TensorFlow by its name, "hann" or "hamming": periodic for even lengths only.
std::vector<double> window_named(Lowering& l, std::string_view name, int64_t length);

struct ShortTime {
  int64_t length = 0, stride = 0, transform = 0;  ///< of a window, between windows, and of the transform
  std::vector<double> window{};                   ///< with `length` elements; empty: none
  bool centred = true;                            ///< windows are centred at multiples of the stride
};

/// (…, time) → (…, windows, transform/2 + 1).
Complex short_time_transform(Lowering& l, Value x, const ShortTime& how);

/// The inverse transform, with `samples` elements where given.
Value inverse_short_time_transform(Lowering& l, Complex x, const ShortTime& how, std::optional<int64_t> samples);

/// The weights (frequencies, bins) of triangles with equal widths on the mel scale.
Value mel_weights(Lowering& l, int64_t bins, int64_t frequencies, double rate, double lowest, double highest, DType type);

}  // namespace keraunos::loader
