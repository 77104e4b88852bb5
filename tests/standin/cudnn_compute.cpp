// A convolution with its epilogue in a single pass: for a block of output positions the windows are copied as rows, multiplied by
// the filter packed along the output channels, and the pointwise steps run over the block while it is in the cache. All positions
// of a batch have consecutive numbers: 0 … N·spatial − 1, the last axis running fastest. Depthwise filters have one channel each,
// so they run along the channels directly.
#include "standin/cudnn_compute.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "standin/library_product.h"
#include "standin/sanitizer.h"

namespace standin {
namespace {

constexpr int64_t kPositions = 64;  // output positions computed at a time

/// A position in a tensor: its index along the batch and each spatial axis.
using Place = std::array<int64_t, 4>;  // batch, then up to three

class Convolver {
 public:
  explicit Convolver(const ChainCall& call) : call_(call), c_(*call.chain), spatial_(c_.x.dims.size() - 2) {
    channels_ = c_.w.dims[1];
    filters_ = c_.w.dims[0] / c_.groups;
    taps_ = 1;
    for (size_t i = 0; i < spatial_; ++i) taps_ *= c_.w.dims[i + 2];
    depthwise_ = channels_ == 1 && filters_ == 1;
    if (depthwise_)
      pack_depthwise();
    else
      pack_groups();
  }

  int64_t positions() const {
    int64_t count = c_.y.dims[0];
    for (size_t i = 0; i < spatial_; ++i) count *= c_.y.dims[i + 2];
    return count;
  }

  Place place(int64_t position) const {
    Place p{};
    for (size_t i = spatial_; i > 0; --i) {
      p[i] = position % c_.y.dims[i + 1];
      position /= c_.y.dims[i + 1];
    }
    p[0] = position;
    return p;
  }

  /// result (count × all filters) for positions first … first + count − 1.
  void convolve(int64_t first, int64_t count, std::vector<float>& result) {
    if (depthwise_) return convolve_depthwise(first, count, result);
    const int64_t inner = taps_ * channels_;
    rows_.resize(static_cast<size_t>(count * inner));
    for (int64_t group = 0; group < c_.groups; ++group) {
      for (int64_t i = 0; i < count; ++i) gather(place(first + i), group * channels_, channels_, rows_.data() + i * inner);
      panels_[static_cast<size_t>(group)].multiply(rows_.data(), count, result.data() + group * filters_, c_.y.dims[1]);
    }
  }

 private:
  /// The index of a tap along each axis of the filter, in the order of the window.
  Place tap(int64_t number) const {
    Place t{};
    for (size_t i = spatial_; i > 0; --i) {
      t[i] = number % c_.w.dims[i + 1];
      number /= c_.w.dims[i + 1];
    }
    return t;
  }

  void load_exactly(const TensorState& tensor, const void* base, int64_t offset, int64_t stride, int64_t count,
                    float* into) const {
    load(tensor.type, base, offset, stride, count, into);
    if (call_.tf32 && tensor.type == Number::float32) round_to_tf32(into, count);
  }

  /// The offset of tap `number` in the filter; a mathematical convolution reverses the filter.
  int64_t filter_offset(int64_t number) const {
    const Place t = tap(number);
    int64_t offset = 0;
    for (size_t i = 1; i <= spatial_; ++i) {
      offset += (c_.window.flipped ? c_.w.dims[i + 1] - 1 - t[i] : t[i]) * c_.w.strides[i + 1];
    }
    return offset;
  }

  void pack_groups() {
    std::vector<float> row(static_cast<size_t>(filters_));
    for (int64_t group = 0; group < c_.groups; ++group) {
      Panels<float>& panels = panels_.emplace_back(taps_ * channels_, filters_);
      for (int64_t k = 0; k < taps_ * channels_; ++k) {
        const int64_t offset =
            filter_offset(k / channels_) + (k % channels_) * c_.w.strides[1] + group * filters_ * c_.w.strides[0];
        load_exactly(c_.w, call_.w, offset, c_.w.strides[0], filters_, row.data());
        panels.set_rows(k, 1, row.data());
      }
    }
  }

  void pack_depthwise() {
    depthwise_filter_.resize(static_cast<size_t>(taps_ * c_.groups));
    for (int64_t t = 0; t < taps_; ++t) {
      load_exactly(c_.w, call_.w, filter_offset(t), c_.w.strides[0], c_.groups, depthwise_filter_.data() + t * c_.groups);
    }
  }

  /// The input under each tap of the window at `p`: taps × `count` channels from `channel` on; zeros outside.
  void gather(const Place& p, int64_t channel, int64_t count, float* into) const {
    for (int64_t number = 0; number < taps_; ++number, into += count) {
      const Place t = tap(number);
      int64_t offset = p[0] * c_.x.strides[0] + channel * c_.x.strides[1];
      bool inside = true;
      for (size_t i = 1; i <= spatial_; ++i) {
        const int64_t at = p[i] * c_.window.stride[i - 1] - c_.window.low[i - 1] + t[i] * c_.window.dilation[i - 1];
        inside = inside && at >= 0 && at < c_.x.dims[i + 1];
        offset += at * c_.x.strides[i + 1];
      }
      if (inside)
        load_exactly(c_.x, call_.x, offset, c_.x.strides[1], count, into);
      else
        std::fill_n(into, count, 0.0f);
    }
  }

  void convolve_depthwise(int64_t first, int64_t count, std::vector<float>& result) {
    rows_.resize(static_cast<size_t>(taps_ * c_.groups));
    for (int64_t i = 0; i < count; ++i) {
      gather(place(first + i), 0, c_.groups, rows_.data());
      float* const sums = result.data() + i * c_.groups;
      std::fill_n(sums, c_.groups, 0.0f);
      for (int64_t t = 0; t < taps_; ++t) {
        const float *const from = rows_.data() + t * c_.groups, *const weight = depthwise_filter_.data() + t * c_.groups;
        for (int64_t k = 0; k < c_.groups; ++k) sums[k] += from[k] * weight[k];
      }
    }
  }

  const ChainCall& call_;
  const Chain& c_;
  size_t spatial_;
  int64_t channels_, filters_, taps_;  // channels and filters of one group
  bool depthwise_;
  std::vector<Panels<float>> panels_;
  std::vector<float> depthwise_filter_;  // taps × channels
  std::vector<float> rows_;
};

/// Offset of channel 0 of a position; axes of extent 1 broadcast.
int64_t offset_of(const TensorState& tensor, const Place& p) {
  int64_t offset = tensor.dims[0] == 1 ? 0 : p[0] * tensor.strides[0];
  for (size_t axis = 2; axis < tensor.dims.size(); ++axis)
    offset += tensor.dims[axis] == 1 ? 0 : p[axis - 1] * tensor.strides[axis];
  return offset;
}

float apply(const PointwiseState& step, float x) {
  switch (step.mode) {
    case CUDNN_POINTWISE_RELU_FWD: {
      const auto lower = static_cast<float>(step.lower);
      const float low = x < lower ? lower + static_cast<float>(step.slope) * (x - lower) : x;
      return step.clipped_above ? std::min(low, static_cast<float>(step.upper)) : low;
    }
    case CUDNN_POINTWISE_TANH_FWD: return std::tanh(x);
    case CUDNN_POINTWISE_SIGMOID_FWD: return 1 / (1 + std::exp(-x));
    case CUDNN_POINTWISE_ELU_FWD: return x > 0 ? x : static_cast<float>(step.elu_alpha) * std::expm1(x);
    case CUDNN_POINTWISE_SWISH_FWD: return x / (1 + std::exp(-static_cast<float>(step.swish_beta) * x));
    default: return x;
  }
}

/// Rounds values to what a virtual tensor of a 16-bit type stores.
void round_to(Number type, float* values, int64_t count) {
  if (type == Number::float32 || type == Number::float64) return;
  std::vector<uint16_t> rounded(static_cast<size_t>(count));
  store(type, rounded.data(), 0, 1, count, values);
  load(type, rounded.data(), 0, 1, count, values);
}

/// Applies one step to the channels of one position.
void run_step(const PointwiseState& step, const void* operand, const Place& p, std::vector<float>& scratch, float* values,
              int64_t count) {
  const auto alpha = static_cast<float>(step.alpha_x);
  for (int64_t k = 0; k < count; ++k) values[k] *= alpha;
  if (step.has_b) {
    const bool one = step.b.dims[1] == 1;
    load(step.b.type, operand, offset_of(step.b, p), one ? 0 : step.b.strides[1], count, scratch.data());
    const auto factor = static_cast<float>(step.alpha_b);
    if (step.mode == CUDNN_POINTWISE_ADD) {
      for (int64_t k = 0; k < count; ++k) values[k] += factor * scratch[static_cast<size_t>(k)];
    } else {
      for (int64_t k = 0; k < count; ++k) values[k] *= factor * scratch[static_cast<size_t>(k)];
    }
  } else {
    for (int64_t k = 0; k < count; ++k) values[k] = apply(step, values[k]);
  }
  if (step.y.is_virtual) round_to(step.y.type, values, count);
}

/// alpha · convolution + beta · previous value.
void scale(const ChainCall& call, const Place& p, std::vector<float>& scratch, float* values, int64_t count) {
  const Chain& c = *call.chain;
  for (int64_t k = 0; k < count; ++k) values[k] *= static_cast<float>(c.alpha);
  if (c.beta != 0) {
    load(c.y.type, call.y, offset_of(c.y, p), c.y.strides[1], count, scratch.data());
    for (int64_t k = 0; k < count; ++k) values[k] += static_cast<float>(c.beta) * scratch[static_cast<size_t>(k)];
  }
  if (c.y.is_virtual) round_to(c.y.type, values, count);
}

void spoil_result(const ChainCall& call, const Convolver& convolver) {
  const TensorState& y = call.chain->result();
  for (int64_t position = 0; position < convolver.positions(); ++position) {
    spoil(y.type, call.y, offset_of(y, convolver.place(position)), y.strides[1], y.dims[1]);
  }
}

}  // namespace

void compute(const ChainCall& call) {
  const Unobserved unobserved;  // the linker may have chosen an instrumented copy of a template function, such as vector::resize
  if (call.workspace_bytes > 0) std::fill_n(static_cast<unsigned char*>(call.workspace), call.workspace_bytes, uint8_t{0xb5});
  const Chain& c = *call.chain;
  Convolver convolver(call);
  if (c.beta == 0) spoil_result(call, convolver);
  const int64_t filters = c.y.dims[1], positions = convolver.positions();
  std::vector<float> block(static_cast<size_t>(kPositions * filters)), scratch(static_cast<size_t>(filters));
  for (int64_t first = 0; first < positions; first += kPositions) {
    const int64_t count = std::min(kPositions, positions - first);
    convolver.convolve(first, count, block);
    for (int64_t i = 0; i < count; ++i) {
      const Place p = convolver.place(first + i);
      float* const values = block.data() + i * filters;
      scale(call, p, scratch, values, filters);
      for (size_t s = 0; s < c.steps.size(); ++s) run_step(c.steps[s], call.operands[s], p, scratch, values, filters);
      store(c.result().type, call.y, offset_of(c.result(), p), c.result().strides[1], filters, values);
    }
  }
}

}  // namespace standin
