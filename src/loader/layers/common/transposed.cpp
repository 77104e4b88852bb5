#include "loader/layers/common/transposed.h"

#include <algorithm>
#include <numeric>

#include "host/graph/extent.h"

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

// Neighbouring phases of one axis that have the same number of taps.
struct Phases {
  int64_t first = 0, count = 0, taps = 0;
};

// The taps t = r + stride · j: one more for the first size mod stride phases than for the others.
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
      : b_(b), x_(x), axes_(axes), finish_(finish), filters_(b.dim(kernel, -2)), chosen_(axes.size()) {
    for (size_t i = 0; i < axes.size(); ++i) {
      const TransposedAxis& axis = axes[i];
      phases_.push_back(phases_of(b.dim(kernel, static_cast<int>(i)).size, axis.stride));
      first_.push_back(axis.low / axis.stride);
      positions_.push_back(
          {(axis.low + axis.results - 1) / axis.stride - first_.back() + 1, b.dim(x, static_cast<int>(i) + 1).varies});
    }
    kernel_ = by_phase(kernel);
  }

  Value result() {
    const std::vector<Value> parts = parts_from(0);
    return cropped(interleaved(parts.size() == 1 ? parts[0] : b_.concatenate(parts, -1)));
  }

 private:
  size_t rank() const noexcept { return axes_.size(); }

  // (taps, phase, …, F, C): missing taps are written as zeros and never read.
  Value by_phase(Value kernel) {
    std::vector<int64_t> low(rank() + 2, 0), high(rank() + 2, 0);
    Shape split;
    for (size_t i = 0; i < rank(); ++i) {
      const int64_t size = b_.dim(kernel, static_cast<int>(i)).size, taps = (size - 1) / axes_[i].stride + 1;
      high[i] = taps * axes_[i].stride - size;
      split.push_back({taps}), split.push_back({axes_[i].stride});
    }
    split.push_back(b_.dim(kernel, -2)), split.push_back(b_.dim(kernel, -1));
    const bool whole = std::all_of(high.begin(), high.end(), [](int64_t n) { return n == 0; });
    return b_.reshape(whole ? kernel : b_.pad(kernel, low, high, 0), split);
  }

  // The kernel of an ordinary convolution, (taps…, C, phases… · F).
  Value chosen_kernel() {
    Value kernel = kernel_;
    Shape shape;
    std::vector<int> order;
    for (size_t i = 0; i < rank(); ++i) {
      const int taps = static_cast<int>(2 * i);
      kernel = b_.reverse(b_.slice_axis(kernel, taps, 0, chosen_[i].taps), taps);
      kernel = b_.slice_axis(kernel, taps + 1, chosen_[i].first, chosen_[i].count);
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

  // Result q of a phase reads x[q], x[q − 1], …: with a dilation (and one phase), x[q − dilation] and so on.
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

  Shape positions(std::initializer_list<int64_t> last) const {
    Shape shape{b_.dim(x_, 0)};
    shape.insert(shape.end(), positions_.begin(), positions_.end());
    for (int64_t extent : last) shape.push_back({extent});
    return shape;
  }

  // (N, positions…, phases · F), finished. Phases without a tap are sums of nothing.
  Value part() {
    const int64_t phases = phase_count();
    const bool empty = std::any_of(chosen_.begin(), chosen_.end(), [](const Phases& p) { return p.taps == 0; });
    const Value sums = empty ? b_.broadcast_to(b_.scalar(0, b_.dtype(x_)), positions({phases * filters_.size}))
                             : b_.convolve(x_, chosen_kernel(), window());
    return b_.reshape(finish_(b_.reshape(sums, positions({phases, filters_.size}))), positions({phases * filters_.size}));
  }

  // The phases of the axes from `axis` on, in order, for the phases already chosen of the axes before it.
  std::vector<Value> parts_from(size_t axis) {
    if (axis == rank()) return {part()};
    std::vector<Value> all;
    for (const Phases& phases : phases_[axis]) {
      chosen_[axis] = phases;
      std::vector<Value> own = parts_from(axis + 1);
      if (own.size() > 1 && phases.count > 1) own = {joined(own, phases.count, axis)};
      all.insert(all.end(), own.begin(), own.end());
    }
    return all;
  }

  // Parts of several phases of this axis: the phases of the later axes vary fastest.
  Value joined(std::vector<Value> parts, int64_t count, size_t axis) {
    int64_t before = 1, together = 0;
    for (size_t i = 0; i < axis; ++i) before *= chosen_[i].count;
    for (Value& part : parts) {
      const int64_t inner = b_.dim(part, -1).size / (before * count);
      together += inner;
      part = b_.reshape(part, positions({before * count, inner}));
    }
    return b_.reshape(b_.concatenate(parts, -1), positions({before * count * together}));
  }

  // (N, q0, q1, r0, r1, F) → (N, q0 · r0, q1 · r1, F).
  Value interleaved(Value y) {
    Shape apart = positions({}), together{b_.dim(x_, 0)};
    std::vector<int> order{0};
    for (size_t i = 0; i < rank(); ++i) {
      apart.push_back({axes_[i].stride});
      order.push_back(static_cast<int>(1 + i)), order.push_back(static_cast<int>(1 + rank() + i));
      together.push_back({positions_[i].size * axes_[i].stride, positions_[i].varies});
    }
    apart.push_back(filters_), together.push_back(filters_);
    order.push_back(static_cast<int>(1 + 2 * rank()));
    return b_.reshape(b_.transpose(b_.reshape(y, apart), order), together);
  }

  Value cropped(Value y) {
    for (size_t i = 0; i < rank(); ++i) {
      const int axis = static_cast<int>(i) + 1;
      const int64_t start = axes_[i].low - first_[i] * axes_[i].stride;
      if (start != 0 || b_.dim(y, axis).size != axes_[i].results) y = b_.slice_axis(y, axis, start, axes_[i].results);
    }
    return y;
  }

  Builder& b_;
  Value x_, kernel_{};
  const std::vector<TransposedAxis>& axes_;
  const Finish& finish_;
  Dim filters_;
  std::vector<std::vector<Phases>> phases_;
  std::vector<Phases> chosen_;
  std::vector<int64_t> first_;  // of the positions of the phases that are computed
  Shape positions_;
};

}  // namespace

Value convolve_transposed(Builder& b, Value x, Value kernel, const std::vector<TransposedAxis>& axes, const Finish& finish) {
  return Transposed(b, x, kernel, axes, finish).result();
}

}  // namespace keraunos::loader
