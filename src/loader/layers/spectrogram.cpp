// STFTSpectrogram, whose transform is a convolution with saved kernels, and MelSpectrogram, whose transform is computed.
#include <algorithm>
#include <array>
#include <cmath>

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/numbers.h"
#include "loader/layers/common/signals.h"
#include "loader/layers/common/window.h"

namespace keraunos::loader {

std::vector<LayerDef> spectrogram_layers();

namespace {

constexpr double kLeastPower = 1e-7;  // keras.config.epsilon()

std::string spectrum_mode(const Config& config) {
  return config.text("mode", "log", {"log", "magnitude", "psd", "real", "imag", "angle", "stft"});
}

struct Frames {
  int64_t length, step, transform;

  explicit Frames(const Config& config)
      : length(config.integer("frame_length", 256, Range{1})),
        step(config.has("frame_step") ? config.integer("frame_step", Range{1, length}) : length / 2),
        transform(enclosing_power_of_two(length)) {
    if (config.has("fft_length")) transform = config.integer("fft_length", Range{length});
    if (step < 1) config.fail("frame_length", "2 at least where there is no frame_step");
  }
  static int64_t enclosing_power_of_two(int64_t length) {
    int64_t power = 1;
    while (power < length) power *= 2;
    return power;
  }
  int64_t frequencies() const { return transform / 2 + 1; }
};

// (N, time, C) → (N, time', frequencies, C): the same kernel for each channel.
Value convolved(Lowering& l, Value x, const Frames& frames, std::string_view kernel) {
  const Value weights = l.weight(kernel, {{frames.length}, {1}, {frames.frequencies()}});
  const Dim batch = l.dim(x, 0), time = l.dim(x, 1), channels = l.dim(x, 2);
  const Value each = l.reshape(l.transpose(x, std::array{0, 2, 1}), {{batch.size * channels.size, batch.varies}, time, {1}});
  const Padding padding = padding_of(l.config());
  const int64_t size[] = {frames.length}, stride[] = {frames.step}, dilation[] = {1};
  const Value y = l.convolve(each, weights, window_over(l.shape(each), padding, size, stride, dilation));
  const Value apart = l.reshape(y, {batch, channels, l.dim(y, 1), l.dim(y, 2)});
  return l.transpose(apart, std::array{0, 2, 3, 1});
}

// Frequencies other than the first and the last represent two of the whole transform.
Value doubled_inside(Lowering& l, Value power) {
  const int64_t inside = l.dim(power, 2).size - 2;
  if (inside < 1) return power;
  const int64_t pads[] = {0, 0, 1, 0};
  return l.add(power, l.pad(l.slice_axis(power, 2, 1, inside), pads, pads, 0));
}

Value spectrum(Lowering& l, Value x, const Frames& frames, const std::string& mode) {
  const Value real = mode != "imag" ? convolved(l, x, frames, "real_kernel") : Value{};
  const Value imaginary = mode != "real" ? convolved(l, x, frames, "imag_kernel") : Value{};
  if (mode == "real") return real;
  if (mode == "imag") return imaginary;
  if (mode == "angle") return l.binary(Function::atan2, imaginary, real);
  const Value both[] = {real, imaginary};
  if (mode == "stft") return l.concatenate(both, 2);
  const Value power = l.add(l.unary(Function::square, real), l.unary(Function::square, imaginary));
  if (mode == "psd") return doubled_inside(l, power);
  const Value epsilon = l.scalar(kLeastPower, l.dtype(power));
  const Value magnitude = l.unary(Function::sqrt, l.binary(Function::maximum, power, epsilon));
  return mode == "magnitude" ? magnitude : l.unary(Function::log, l.binary(Function::maximum, magnitude, epsilon));
}

// (N, time, frequencies, C), or the frequencies of the channels concatenated.
Value arranged(Lowering& l, Value y) {
  const bool first = channels_first(l.config());
  if (l.config().flag("expand_dims", false)) return first ? l.transpose(y, std::array{0, 3, 1, 2}) : y;
  const Dim all{l.dim(y, 2).size * l.dim(y, 3).size};
  const Value joined = l.reshape(l.transpose(y, std::array{0, 1, 3, 2}), {l.dim(y, 0), l.dim(y, 1), all});
  return first ? l.transpose(joined, std::array{0, 2, 1}) : joined;
}

std::vector<Traced> lower_stft_spectrogram(Lowering& l) {
  const Value given = l.input().value;
  if (l.rank(given) != 3 || !is_floating(l.dtype(given)) || l.dtype(given) == DType::bfloat16)
    l.refuse("needs an input of rank 3 of float16, float32 or float64, found " + l.dims(given).to_string() + ' ' +
             std::string(name_of(l.dtype(given))));
  const Value x = to_channels_last(l, given);
  return {{arranged(l, spectrum(l, x, Frames(l.config()), spectrum_mode(l.config()))), {}}};
}

std::vector<WeightName> stft_kernels(const Config& config) {
  const std::string mode = spectrum_mode(config);
  std::vector<WeightName> names;
  if (mode != "imag") names.push_back({.name = "real_kernel"});
  if (mode != "real") names.push_back({.name = "imag_kernel"});
  return names;
}

// The window's numbers, by name or listed; null: no window.
std::vector<double> window_of(Lowering& l, int64_t length) {
  const files::Json* given = l.config().find("window");
  if (given == nullptr || given->is_string())
    return window_named(l, l.config().text("window", "hann", {"hann", "hamming"}), length);
  if (given->is_null()) return {};
  const Tensor numbers = array_of(l.config(), "window");
  const auto values = numbers.values<double>();
  return {values.begin(), values.end()};
}

// 10·log10, at least the maximum of all rows minus top_db.
Value in_decibels(Lowering& l, Value x) {
  const Config& config = l.config();
  const DType type = l.dtype(x);
  const double least = config.number("min_power", 1e-10, RealRange{}), reference = config.number("ref_power", 1, RealRange{});
  const Value decibels =
      l.multiply(l.unary(Function::log, l.binary(Function::maximum, x, l.scalar(least, type))), 10 / std::log(10.0));
  const Value relative = l.add(decibels, -10 * std::log10(std::max(std::abs(reference), least)));
  std::vector<int> all;
  for (int axis = 0; axis < l.rank(x); ++axis) all.push_back(axis);
  const Value highest = l.reduce(Reduction::maximum, relative, all);
  return l.binary(Function::maximum, relative, l.add(highest, -config.number("top_db", 80, RealRange{})));
}

ShortTime short_time_of(Lowering& l) {
  const Config& config = l.config();
  ShortTime how{.stride = config.integer("sequence_stride", 512, Range{1}),
                .transform = config.integer("fft_length", 2048, Range{1})};
  how.length = config.has("sequence_length") ? config.integer("sequence_length", Range{1, how.transform}) : how.transform;
  how.window = window_of(l, how.length);
  return how;
}

std::vector<Traced> lower_mel_spectrogram(Lowering& l) {
  const Config& config = l.config();
  const DType type = l.compute_dtype() == DType::float64 ? DType::float64 : DType::float32;
  const Complex parts = short_time_transform(l, l.cast(l.input().value, type), short_time_of(l));
  Value x = l.add(l.unary(Function::square, parts.real), l.unary(Function::square, parts.imaginary));
  x = l.binary(Function::power, l.unary(Function::sqrt, x), l.scalar(config.number("mag_exp", 2, RealRange{}), type));
  const double rate = config.number("sampling_rate", 16000, RealRange{0});
  const double highest = config.has("max_freq") ? config.number("max_freq", 0, RealRange{0}) : std::floor(rate / 2);
  const Value weights = mel_weights(l, config.integer("num_mel_bins", 128, Range{1}), l.dim(x, -1).size, rate,
                                    config.number("min_freq", 20, RealRange{0}), highest, type);
  x = l.matmul(x, weights);
  if (config.flag("power_to_db", true)) x = in_decibels(l, x);
  return {{as_computed(l, with_swapped_ends(l, x)), {}}};
}

}  // namespace

std::vector<LayerDef> spectrogram_layers() {
  return {
      {.classes = {"STFTSpectrogram"},
       .keys = {"mode", "frame_length", "frame_step", "fft_length", "window", "periodic", "scaling", "padding", "expand_dims",
                "data_format"},
       .weights = stft_kernels,
       .children = {},
       .lower = lower_stft_spectrogram},
      {.classes = {"MelSpectrogram"},
       .keys = {"fft_length", "sequence_stride", "sequence_length", "window", "sampling_rate", "num_mel_bins", "min_freq",
                "max_freq", "power_to_db", "top_db", "mag_exp", "min_power", "ref_power"},
       .weights = {},
       .children = {},
       .lower = lower_mel_spectrogram},
  };
}

}  // namespace keraunos::loader
