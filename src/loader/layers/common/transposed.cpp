#include "loader/layers/common/transposed.h"

#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"
#include "host/graph/graph.h"

namespace keraunos::loader {

std::optional<TransposedAxis> transposed_axis(int64_t elements, int64_t size, int64_t stride, int64_t dilation, int64_t results,
                                              bool same) {
  const int64_t reach = host::reach_of(size, dilation), read = same ? results : results - reach + 1;
  if (results < 1 || read < 1 || (read - 1) / stride + 1 != elements) return std::nullopt;
  const int64_t last = host::checked_add(host::checked_multiply(elements - 1, stride), reach);
  const int64_t padding = same ? std::max<int64_t>(last - results, 0) : 0;
  return TransposedAxis{.stride = stride, .dilation = dilation, .results = results, .low = padding / 2};
}

int64_t transposed_results(int64_t elements, int64_t reach, int64_t stride, bool same, std::optional<int64_t> output_padding) {
  using host::checked_add, host::checked_multiply;
  if (output_padding) {
    const int64_t last = checked_add(checked_multiply(elements - 1, stride), *output_padding);
    return checked_add(last, same ? reach - reach / 2 * 2 : reach);
  }
  const int64_t spread = checked_multiply(elements, stride);
  return same ? spread : checked_add(spread, std::max<int64_t>(reach - stride, 0));
}

namespace {

// Neighbouring phases of one axis with equal numbers of taps.
struct Phases {
  int64_t first = 0, count = 0, taps = 0;
};

// Phase r has the taps t = r + stride · j: one more for the first size mod stride phases than for the others.
std::vector<Phases> phases_of(int64_t size, int64_t stride) {
  const int64_t longer = size % stride, taps = size / stride;
  std::vector<Phases> all;
  if (longer > 0) all.push_back({.first = 0, .count = longer, .taps = taps + 1});
  all.push_back({.first = longer, .count = stride - longer, .taps = taps});
  return all;
}

class Transposed {
 public:
  Transposed(Builder& b, Value x, Value kernel, const std::vector<TransposedAxis>& axes, const Finish& finish)
      : b_(b), x_(x), kernel_(kernel), axes_(axes), finish_(finish), filters_(b.dim(kernel, -2)), chosen_(axes.size()) {
    for (size_t i = 0; i < axes.size(); ++i) {
      const TransposedAxis& axis = axes[i];
      phases_.push_back(phases_of(b.dim(kernel, static_cast<int>(i)).size, axis.stride));
      first_.push_back(axis.low / axis.stride);
      positions_.push_back(
          {(axis.low + axis.results - 1) / axis.stride - first_.back() + 1, b.dim(x, static_cast<int>(i) + 1).varies});
    }
    for (size_t i = 0; i < axes.size(); ++i) {
      interleave_.stride[i] = axes[i].stride, interleave_.size[i] = axes[i].results;
      interleave_.start[i] = axes[i].low - first_[i] * axes[i].stride;
    }
  }

  // With a stride of 1 the only phase is the result.
  Value result() {
    add_parts(0);
    return is_strided() ? host::graph_of(b_).add(interleave_, parts_)[0] : parts_[0];
  }

 private:
  size_t rank() const noexcept { return axes_.size(); }

  // The taps first, first + stride, … of neighbouring phases along one axis, flipped: (before…, taps, phases, after…).
  Value taps_along(Value kernel, int axis, int64_t stride, const Phases& phases) {
    const int64_t read = stride * (phases.taps - 1) + phases.count;
    kernel = b_.slice_axis(kernel, axis, phases.first, read);
    if (phases.taps > 1) {
      std::vector<int64_t> low(b_.shape(kernel).size(), 0), high = low;
      high[static_cast<size_t>(axis)] = stride * phases.taps - read;
      kernel = b_.pad(kernel, low, high, 0);
    }
    Shape apart = b_.shape(kernel);
    const auto at = apart.begin() + axis;
    *at = {phases.taps > 1 ? stride : phases.count};
    apart.insert(at, Dim{phases.taps});
    return b_.reverse(b_.slice_axis(b_.reshape(kernel, apart), axis + 1, 0, phases.count), axis);
  }

  // The kernel of an ordinary convolution, (taps…, C, phases… · F).
  Value chosen_kernel() {
    Value kernel = kernel_;
    Shape shape;
    std::vector<int> order;
    for (size_t i = 0; i < rank(); ++i) {
      const int taps = static_cast<int>(2 * i);
      kernel = taps_along(kernel, taps, axes_[i].stride, chosen_[i]);
      shape.push_back({chosen_[i].taps}), order.push_back(taps);
    }
    const int behind = static_cast<int>(2 * rank());
    order.push_back(behind + 1);
    for (size_t i = 0; i < rank(); ++i) order.push_back(static_cast<int>(2 * i + 1));
    order.push_back(behind);
    shape.push_back(b_.dim(kernel, -1)), shape.push_back({phase_count() * filters_.size});
    return b_.reshape(b_.transpose(kernel, order), shape);
  }

  int64_t phase_count() const {
    return std::accumulate(chosen_.begin(), chosen_.end(), int64_t{1}, [](int64_t n, const Phases& p) { return n * p.count; });
  }

  // Result q of a phase reads x[q], x[q − 1], …; with a dilation (and one phase) x[q], x[q − dilation], …
  Window window() const {
    Window w;
    for (size_t i = 0; i < rank(); ++i) {
      const int64_t reach = host::reach_of(chosen_[i].taps, axes_[i].dilation);
      w.size[i] = chosen_[i].taps, w.dilation[i] = axes_[i].dilation;
      w.low[i] = reach - 1 - first_[i];
      w.high[i] = positions_[i].size + reach - 1 - w.low[i] - b_.dim(x_, static_cast<int>(i) + 1).size;
    }
    return w;
  }

  // (N, positions…, phases · F), finished. Phases without taps are empty sums.
  Value part() {
    const int64_t phases = phase_count();
    const bool empty = std::any_of(chosen_.begin(), chosen_.end(), [](const Phases& p) { return p.taps == 0; });
    return finish_(empty ? zeros(phases * filters_.size) : b_.convolve(x_, chosen_kernel(), window()), phases);
  }

  Value zeros(int64_t last) {
    Shape shape{b_.dim(x_, 0)};
    shape.insert(shape.end(), positions_.begin(), positions_.end());
    shape.push_back({last});
    return b_.broadcast_to(b_.scalar(0, b_.dtype(x_)), shape);
  }

  // Adds one part for each combination of neighbouring phases along the axes from `axis` on.
  void add_parts(size_t axis) {
    for (size_t i = 0; axis < rank() && i < phases_[axis].size(); ++i) {
      chosen_[axis] = phases_[axis][i];
      add_parts(axis + 1);
    }
    if (axis < rank()) return;
    parts_.push_back(part());
    host::Interleave::Phases box;
    for (size_t i = 0; i < rank(); ++i) box.first[i] = chosen_[i].first, box.count[i] = chosen_[i].count;
    interleave_.parts.push_back(box);
  }

  bool is_strided() const {
    return std::any_of(axes_.begin(), axes_.end(), [](const TransposedAxis& axis) { return axis.stride > 1; });
  }

  Builder& b_;
  Value x_, kernel_;
  const std::vector<TransposedAxis>& axes_;
  const Finish& finish_;
  Dim filters_;
  std::vector<std::vector<Phases>> phases_;
  std::vector<Phases> chosen_;
  std::vector<int64_t> first_;  // first position of the computed phases
  Shape positions_;
  host::Interleave interleave_{};
  std::vector<Value> parts_;
};

}  // namespace

Value convolve_transposed(Builder& b, Value x, Value kernel, const std::vector<TransposedAxis>& axes, const Finish& finish) {
  return Transposed(b, x, kernel, axes, finish).result();
}

}  // namespace keraunos::loader
