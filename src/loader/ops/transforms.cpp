// Fourier and cosine transforms of tf.signal, whose complex results are pairs of real tensors.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/common/signals.h"
#include "loader/ops/complex_rules.h"

namespace keraunos::loader {
namespace {
namespace transform_bodies {

// A vector becomes one row, because products need two axes.
Complex over_rows(Lowering& l, Complex x, const std::function<Complex(Complex)>& body) {
  if (l.rank(x.real) > 1) return body(x);
  const auto row = [&](Value v) { return v ? l.expand_dims(v, 0) : v; };
  const Complex y = body({row(x.real), row(x.imaginary)});
  return {l.squeeze(y.real, 0), y.imaginary ? l.squeeze(y.imaginary, 0) : Value{}};
}

Complex each_of(Complex x, const std::function<Value(Value)>& change) {
  return {change(x.real), x.imaginary ? change(x.imaginary) : Value{}};
}

// Along the last axis; an inverse is divided by the number of elements.
Complex along_last(Lowering& l, Complex x, Direction direction) {
  require_transformable(l, x.real);
  const int64_t n = l.dim(x.real, -1).size;
  const Complex y = over_rows(l, x, [&](Complex rows) { return transformed(l, rows, {.results = n}, direction); });
  if (direction == Direction::forward) return y;
  return each_of(y, [&](Value v) { return l.multiply(v, 1 / static_cast<double>(n)); });
}

// Along the axis before the last.
Complex along_other(Lowering& l, Complex x, Direction direction) {
  const auto swapped = [&](Complex z) { return each_of(z, [&](Value v) { return with_swapped_ends(l, v); }); };
  return swapped(along_last(l, swapped(x), direction));
}

void require_plane(Lowering& l, Value x) {
  if (l.rank(x) < 2) l.refuse("needs tensors of rank 2 at least, found " + l.dims(x).to_string());
}

template <Direction direction>
std::vector<Value> fft(OperationCall& call) {
  return {complex_value(call.l, along_last(call.l, complex_operand(call, 0), direction))};
}

template <Direction direction>
std::vector<Value> fft2d(OperationCall& call) {
  const Complex x = complex_operand(call, 0);
  require_plane(call.l, x.real);
  return {complex_value(call.l, along_other(call.l, along_last(call.l, x, direction), direction))};
}

// The lengths of the last `axes` axes: stated, or as found.
std::vector<int64_t> lengths(OperationCall& call, size_t axes, const std::vector<int64_t>& found) {
  const auto stated = call.integers(1);
  if (!stated) return found;
  if (stated->size() != axes)
    call.l.refuse("has an fft_length of " + std::to_string(stated->size()) + " numbers; expected " + std::to_string(axes));
  for (const int64_t length : *stated) {
    if (length < 1 || length > Range::kMostExtent)
      call.l.refuse("has the fft_length " + std::to_string(length) + "; expected integers from 1");
  }
  return *stated;
}

Complex real_transform(Lowering& l, Value x, int64_t n) {
  require_transformable(l, x);
  return over_rows(l, {with_extent(l, x, n), {}},
                   [&](Complex rows) { return transformed(l, rows, {.results = n / 2 + 1}, Direction::forward); });
}

Value inverse_real_transform(Lowering& l, Complex x, int64_t n) {
  require_transformable(l, x.real);
  const Complex half{with_extent(l, x.real, n / 2 + 1), with_extent(l, imaginary_of(l, x), n / 2 + 1)};
  return over_rows(l, half, [&](Complex rows) { return Complex{inverse_of_real(l, rows, n), {}}; }).real;
}

int64_t whole_length(Lowering& l, Value half) {
  const int64_t n = 2 * (l.dim(half, -1).size - 1);
  if (n < 1) l.refuse("has no result for a single frequency; give it an fft_length");
  return n;
}

std::vector<Value> rfft(OperationCall& call) {
  const Value x = call.tensor(0);
  return {complex_value(call.l, real_transform(call.l, x, lengths(call, 1, {call.l.dim(x, -1).size})[0]))};
}

std::vector<Value> irfft(OperationCall& call) {
  const Complex x = complex_operand(call, 0);
  const int64_t n = call.has(1) ? lengths(call, 1, {})[0] : whole_length(call.l, x.real);
  return {inverse_real_transform(call.l, x, n)};
}

Complex with_rows(Lowering& l, Complex x, int64_t rows) {
  return each_of(x, [&](Value v) { return with_swapped_ends(l, with_extent(l, with_swapped_ends(l, v), rows)); });
}

std::vector<Value> rfft2d(OperationCall& call) {
  Lowering& l = call.l;
  const Value x = call.tensor(0);
  require_plane(l, x);
  const std::vector<int64_t> n = lengths(call, 2, {l.dim(x, -2).size, l.dim(x, -1).size});
  return {complex_value(l, along_other(l, with_rows(l, real_transform(l, x, n[1]), n[0]), Direction::forward))};
}

std::vector<Value> irfft2d(OperationCall& call) {
  Lowering& l = call.l;
  const Complex x = complex_operand(call, 0);
  require_plane(l, x.real);
  const std::vector<int64_t> n =
      call.has(1) ? lengths(call, 2, {}) : std::vector<int64_t>{l.dim(x.real, -2).size, whole_length(l, x.real)};
  return {inverse_real_transform(l, along_other(l, with_rows(l, x, n[0]), Direction::backward), n[1])};
}

// By half of each extent; the inverse moves back.
template <bool inverse>
std::vector<Value> shifted(OperationCall& call) {
  Lowering& l = call.l;
  Value x = call.tensor(0);
  for (const int axis : call.axes(1, l.rank(x))) {
    const int64_t extent = l.dim(x, axis).size, first = inverse ? extent / 2 : extent - extent / 2;
    if (first == 0 || first == extent) continue;
    const Value parts[] = {l.slice_axis(x, axis, first, extent - first), l.slice_axis(x, axis, 0, first)};
    x = l.concatenate(parts, axis);
  }
  return {x};
}

// TensorFlow's default: the smallest power of two that holds a window.
int64_t transform_length(OperationCall& call, size_t parameter, int64_t window) {
  const int64_t stated = call.integer(parameter, static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(window))));
  if (stated < 1 || stated > Range::kMostExtent) call.l.refuse("has the fft_length " + std::to_string(stated));
  return stated;
}

int64_t frame_argument(OperationCall& call, size_t parameter, const char* name) {
  const int64_t value = call.integer(parameter, 0);
  if (value < 1 || value > Range::kMostExtent)
    call.l.refuse("has the " + std::string(name) + ' ' + std::to_string(value) + "; expected an integer from 1");
  return value;
}

// Keras 2 saves the name of a window function; None is no window, an absent one is Hann's.
Value windowed(OperationCall& call, size_t parameter, Value frames) {
  Lowering& l = call.l;
  if (call.is_none(parameter)) return frames;
  const std::string name = call.text(parameter).value_or("hann_window");
  if (name != "hann_window" && name != "hamming_window")
    l.refuse("has the window function \"" + name + "\"; supported are hann_window and hamming_window");
  const int64_t length = l.dim(frames, -1).size;
  const std::vector<double> window = window_named(l, name == "hann_window" ? "hann" : "hamming", length);
  return l.multiply(frames, rounded_constant(l, window, Dims{length}, l.dtype(frames)));
}

// With pad_end a frame begins at each multiple of the step.
Value padded_end(Lowering& l, Value x, int64_t length, int64_t step) {
  const int64_t extent = l.dim(x, -1).size;
  return extent < 1 ? x : with_extent(l, x, std::max(extent, (extent - 1) / step * step + length));
}

std::vector<Value> stft(OperationCall& call) {
  Lowering& l = call.l;
  Value x = call.tensor(0);
  require_transformable(l, x);
  const int64_t length = frame_argument(call, 1, "frame_length"), step = frame_argument(call, 2, "frame_step");
  const int64_t n = transform_length(call, 3, length);
  if (call.flag(5, false)) x = padded_end(l, x, length, step);
  return {complex_value(l, real_transform(l, windowed(call, 4, windows_of(l, x, length, step)), n))};
}

std::vector<Value> inverse_stft(OperationCall& call) {
  Lowering& l = call.l;
  const Complex x = complex_operand(call, 0);
  const int64_t length = frame_argument(call, 1, "frame_length"), step = frame_argument(call, 2, "frame_step");
  const Value frames = with_extent(l, inverse_real_transform(l, x, transform_length(call, 3, length)), length);
  return {windows_added(l, windowed(call, 4, frames), step)};
}

std::vector<double> cosines(Lowering& l, int64_t terms, int64_t results) {
  debit(l, "the matrix of a cosine transform", terms * results * int64_t{sizeof(double)});
  std::vector<double> matrix;
  for (int64_t j = 0; j < terms; ++j) {
    for (int64_t k = 0; k < results; ++k) {
      const int64_t turns = k * (2 * j + 1) % (4 * terms);  // of 2π, in 4·terms parts
      matrix.push_back(2 * std::cos(std::numbers::pi * static_cast<double>(turns) / static_cast<double>(2 * terms)));
    }
  }
  return matrix;
}

// The coefficients 2·Σ x[j]·cos(π·k·(2j + 1) / 2n), as a product with a constant matrix.
Value cosine_transform(Lowering& l, Value x, bool orthonormal) {
  require_transformable(l, x);
  const int64_t n = l.dim(x, -1).size;
  constexpr int64_t kMostTerms = 4096;  // the matrix of a longer one would need more than 128 MiB
  if (n > kMostTerms) l.refuse("has a cosine transform of " + std::to_string(n) + " elements, which is not supported");
  std::vector<double> matrix = cosines(l, n, n);
  for (size_t i = 0; orthonormal && i < matrix.size(); ++i) {
    const bool constant = i % static_cast<size_t>(n) == 0;
    matrix[i] *= std::sqrt((constant ? 0.25 : 0.5) / static_cast<double>(n));
  }
  const Value weights = rounded_constant(l, matrix, Dims{n, n}, l.dtype(x));
  const auto product = [&](Value rows) {
    return host::graph_of(l).add(host::MatMul{.full_precision = true}, {rows, weights})[0];
  };
  return over_rows(l, {x, {}},
                   [&](Complex rows) {
                     const Shape shape = l.shape(rows.real);
                     const Shape outer(shape.begin(), shape.end() - 1);
                     return Complex{l.reshape(product(l.reshape(rows.real, {host::product_of(outer), shape.back()})), shape), {}};
                   })
      .real;
}

std::vector<Value> dct(OperationCall& call) {
  Lowering& l = call.l;
  Value x = call.tensor(0);
  if (const int64_t type = call.integer(1, 2); type != 2)
    l.refuse("has the type " + std::to_string(type) + " of cosine transforms; supported is type 2");
  if (call.has(2)) x = with_extent(l, x, frame_argument(call, 2, "n"));
  const auto norm = call.text(4);
  if (norm && *norm != "ortho") l.refuse("has the norm \"" + *norm + "\"; expected ortho or None");
  return {cosine_transform(l, x, norm.has_value())};
}

std::vector<Value> mfccs(OperationCall& call) {
  const Value x = call.tensor(0);
  const auto bins = static_cast<double>(call.l.dim(x, -1).size);
  return {call.l.multiply(cosine_transform(call.l, x, false), 1 / std::sqrt(2 * bins))};
}

std::vector<Operation> operations() {
  constexpr auto forward = Direction::forward, backward = Direction::backward;
  return {
      {{}, {"signal.fft"}, {"input"}, fft<forward>},
      {{}, {"signal.ifft"}, {"input"}, fft<backward>},
      {{}, {"signal.fft2d"}, {"input"}, fft2d<forward>},
      {{}, {"signal.ifft2d"}, {"input"}, fft2d<backward>},
      {{}, {"signal.rfft"}, {"input_tensor|input", "fft_length"}, rfft},
      {{}, {"signal.irfft"}, {"input_tensor|input", "fft_length"}, irfft},
      {{}, {"signal.rfft2d"}, {"input_tensor|input", "fft_length"}, rfft2d},
      {{}, {"signal.irfft2d"}, {"input_tensor|input", "fft_length"}, irfft2d},
      {{}, {"signal.fftshift"}, {"x", "axes"}, shifted<false>},
      {{}, {"signal.ifftshift"}, {"x", "axes"}, shifted<true>},
      {{}, {"signal.stft"}, {"signals", "frame_length", "frame_step", "fft_length", "window_fn", "pad_end"}, stft},
      {{}, {"signal.inverse_stft"}, {"stfts", "frame_length", "frame_step", "fft_length", "window_fn"}, inverse_stft},
      {{}, {"signal.dct"}, {"input", "type", "n", "axis", "norm"}, dct, 1, {"axis=-1"}},
      {{}, {"signal.mfccs_from_log_mel_spectrograms"}, {"log_mel_spectrograms"}, mfccs},
  };
}

}  // namespace transform_bodies
}  // namespace

std::vector<Operation> transforms_operations() { return transform_bodies::operations(); }

}  // namespace keraunos::loader
