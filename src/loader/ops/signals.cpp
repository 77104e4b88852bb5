// Fourier transforms and windows of signals as nodes of a graph: keras.ops, whose complex tensors are pairs, and the functions of
// tf.signal with real results.
#include "loader/layers/common/signals.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

constexpr Range kLength{1};

int64_t length_argument(OperationCall& call, size_t parameter, const char* what) {
  const int64_t length = call.integer(parameter, 0);
  if (length < kLength.least || length > kLength.most)
    call.l.refuse("has the " + std::string(what) + ' ' + std::to_string(length) + "; expected an integer from 1 to " +
                  std::to_string(kLength.most));
  return length;
}

Complex complex_operand(OperationCall& call) {
  const std::vector<Value> parts = call.tensors(0);
  if (parts.size() != 2 || call.l.shape(parts[0]) != call.l.shape(parts[1]))
    call.l.refuse("needs a pair of tensors of one shape, real and imaginary");
  require_transformable(call.l, parts[0]);
  return {parts[0], parts[1]};
}

// A vector becomes one row, because products need two axes.
template <class Body>
std::vector<Value> over_rows(Lowering& l, Complex x, const Body& body) {
  if (l.rank(x.real) > 1) return body(x);
  const std::vector<Value> results = body({l.expand_dims(x.real, 0), x.imaginary ? l.expand_dims(x.imaginary, 0) : Value{}});
  std::vector<Value> rows;
  for (const Value result : results) rows.push_back(l.squeeze(result, 0));
  return rows;
}

std::vector<Value> both(const Complex& x) { return {x.real, x.imaginary}; }

Complex whole_transform(Lowering& l, Complex x, Direction direction) {
  return transformed(l, x, {.results = l.dim(x.real, -1).size}, direction);
}

std::vector<Value> fft(OperationCall& call) {
  return over_rows(call.l, complex_operand(call),
                   [&](Complex x) { return both(whole_transform(call.l, x, Direction::forward)); });
}

// Along the last axis, then along the one before it.
std::vector<Value> plane(OperationCall& call, Direction direction) {
  Lowering& l = call.l;
  Complex x = complex_operand(call);
  if (l.rank(x.real) < 2 || l.dim(x.real, -2).size < 1)
    l.refuse("needs tensors of rank 2 at least, found " + l.dims(x.real).to_string());
  const double elements = static_cast<double>(l.dim(x.real, -1).size) * static_cast<double>(l.dim(x.real, -2).size);
  for (int axis = 0; axis < 2; ++axis) {
    x = whole_transform(l, x, direction);
    x = {with_swapped_ends(l, x.real), with_swapped_ends(l, x.imaginary)};
  }
  if (direction == Direction::forward) return both(x);
  return {l.multiply(x.real, 1 / elements), l.multiply(x.imaginary, 1 / elements)};
}

std::vector<Value> rfft(OperationCall& call) {
  const Value x = call.tensor(0);
  require_transformable(call.l, x);
  const int64_t n = call.has(1) ? length_argument(call, 1, "fft_length") : call.l.dim(x, -1).size;
  return over_rows(call.l, {x, {}}, [&](Complex row) {
    return both(transformed(call.l, {with_extent(call.l, row.real, n), {}}, {.results = n / 2 + 1}, Direction::forward));
  });
}

std::vector<Value> irfft(OperationCall& call) {
  const Complex x = complex_operand(call);
  const int64_t n = call.has(1) ? length_argument(call, 1, "fft_length") : 2 * (call.l.dim(x.real, -1).size - 1);
  if (n < 1) call.l.refuse("has no result for a single frequency; give it an fft_length");
  return over_rows(call.l, x, [&](Complex rows) -> std::vector<Value> {
    const auto half = [&](Value v) { return with_extent(call.l, v, n / 2 + 1); };
    return {inverse_of_real(call.l, {half(rows.real), half(rows.imaginary)}, n)};
  });
}

std::vector<double> numbers_of(OperationCall& call, size_t parameter) {
  const Tensor* numbers = host::graph_of(call.l).info(call.tensor(parameter, DType::float64)).constant.get();
  if (numbers != nullptr && numbers->dtype() == DType::float64) {
    const auto values = numbers->values<double>();
    return {values.begin(), values.end()};
  }
  if (numbers == nullptr || numbers->dtype() != DType::float32) call.l.refuse("has a window that is no array of known numbers");
  const auto values = numbers->values<float>();
  return {values.begin(), values.end()};
}

// A name, the numbers themselves, or none. A missing argument means "hann", None means no window.
std::vector<double> window_argument(OperationCall& call, size_t parameter, int64_t length) {
  if (call.is_none(parameter)) return {};
  const Arg* given = call.find(parameter);
  if (given == nullptr || std::holds_alternative<std::string>(given->value)) {
    const std::string name = call.text(parameter).value_or("hann");
    if (name != "hann" && name != "hamming") call.l.refuse("has the window \"" + name + "\"; expected hann or hamming");
    return window_named(call.l, name, length);
  }
  return numbers_of(call, parameter);
}

struct StftPlaces {
  size_t window, centred;
};

ShortTime short_time(OperationCall& call, const StftPlaces& at) {
  ShortTime how{.length = length_argument(call, 1, "sequence_length"),
                .stride = length_argument(call, 2, "sequence_stride"),
                .transform = length_argument(call, 3, "fft_length")};
  how.window = window_argument(call, at.window, how.length);
  how.centred = call.flag(at.centred, true);
  return how;
}

std::vector<Value> stft(OperationCall& call) {
  const Value x = call.tensor(0);
  const ShortTime how = short_time(call, {.window = 4, .centred = 5});
  return both(short_time_transform(call.l, x, how));
}

std::vector<Value> istft(OperationCall& call) {
  const Complex x = complex_operand(call);
  const ShortTime how = short_time(call, {.window = 5, .centred = 6});
  const auto samples = call.has(4) ? std::optional<int64_t>(length_argument(call, 4, "length")) : std::nullopt;
  return {inverse_short_time_transform(call.l, x, how, samples)};
}

std::vector<Value> extract_sequences(OperationCall& call) {
  return {windows_of(call.l, call.tensor(0), call.integer(1, 0), call.integer(2, 0))};
}

std::vector<Value> frame(OperationCall& call) {
  Lowering& l = call.l;
  Value x = call.tensor(0);
  const int64_t length = length_argument(call, 1, "frame_length"), step = length_argument(call, 2, "frame_step");
  if (const int axis = call.axis(5, l.rank(x), -1); axis != l.rank(x) - 1)
    l.refuse("takes windows of another axis than the last");
  const int64_t extent = l.dim(x, -1).size;
  const double filled = call.number(4, 0);
  if (call.flag(3, false) && extent > 0) {
    const int64_t needed = host::checked_add(length, host::checked_multiply(step, (extent - 1) / step));
    const std::vector<int64_t> low(static_cast<size_t>(l.rank(x)), 0);
    std::vector<int64_t> high = low;
    high.back() = std::max<int64_t>(0, needed - extent);
    x = l.pad(x, low, high, filled);
  }
  return {windows_of(l, x, length, step)};
}

std::vector<Value> overlap_and_add(OperationCall& call) {
  return {windows_added(call.l, call.tensor(0), length_argument(call, 1, "frame_step"))};
}

}  // namespace

std::vector<Operation> signals_operations() {
  const auto inverse_plane = [](OperationCall& call) { return plane(call, Direction::backward); };
  return {
      {{"FFT"}, {}, {"x"}, fft},
      {{"FFT2"}, {}, {"x"}, [](OperationCall& call) { return plane(call, Direction::forward); }},
      {{"IFFT2"}, {}, {"x"}, inverse_plane},
      {{"RFFT"}, {}, {"x", "fft_length"}, rfft},
      {{"IRFFT"}, {}, {"x", "fft_length"}, irfft},
      {{"STFT"}, {}, {"x", "sequence_length", "sequence_stride", "fft_length", "window", "center"}, stft},
      {{"ISTFT"}, {}, {"x", "sequence_length", "sequence_stride", "fft_length", "length", "window", "center"}, istft},
      {{"ExtractSequences"}, {}, {"x", "sequence_length", "sequence_stride"}, extract_sequences},
      {{}, {"signal.frame"}, {"signal", "frame_length", "frame_step", "pad_end", "pad_value", "axis"}, frame},
      {{}, {"signal.overlap_and_add"}, {"signal", "frame_step"}, overlap_and_add},
  };
}

}  // namespace keraunos::loader
