// Signals in time: windows of them, their short-time Fourier transforms and back, as tf.signal and keras.ops define these.
#pragma once

#include "loader/layers/common/fourier.h"

namespace keraunos::loader {

/// (…, time) → (…, windows, length), one every `stride` elements; refuses a length that time does not have.
Value windows_of(Lowering& l, Value x, int64_t length, int64_t stride);

/// (…, windows, length) → (…, time): the sum of windows that lie `stride` elements apart.
Value windows_added(Lowering& l, Value windows, int64_t stride);

/// A window function of TensorFlow by its name, "hann" or "hamming": periodic, though only for even lengths.
std::vector<double> window_named(Lowering& l, std::string_view name, int64_t length);

struct ShortTime {
  int64_t length = 0, stride = 0, transform = 0;  ///< of a window, between windows, and of the transform
  std::vector<double> window{};                   ///< as long as a window; empty: none
  bool centred = true;                            ///< windows lie around multiples of the stride
};

/// (…, time) → (…, windows, transform/2 + 1).
Complex short_time_transform(Lowering& l, Value x, const ShortTime& how);

/// Back again, `samples` long where that is given.
Value inverse_short_time_transform(Lowering& l, Complex x, const ShortTime& how, std::optional<int64_t> samples);

/// The weights (frequencies, bins) of triangles that are equally wide on the mel scale.
Value mel_weights(Lowering& l, int64_t bins, int64_t frequencies, double rate, double lowest, double highest, DType type);

}  // namespace keraunos::loader
