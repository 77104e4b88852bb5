#include "loader/saving/rounded_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace keraunos::loader {
namespace {

constexpr float kQuantiserEpsilon = 1e-7F;

// Assigns a scale to each element.
std::vector<int64_t> channels_of(const Dims& dims, const std::vector<bool>& summed, int64_t& channels) {
  channels = 1;
  std::vector<int64_t> strides(static_cast<size_t>(dims.rank()), 0);
  for (int axis = dims.rank() - 1; axis >= 0; --axis) {
    if (summed[static_cast<size_t>(axis)]) continue;
    strides[static_cast<size_t>(axis)] = channels;
    channels *= dims[axis];
  }
  std::vector<int64_t> result(static_cast<size_t>(dims.elements()));
  for (size_t i = 0; i < result.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    for (int axis = dims.rank() - 1; axis >= 0; --axis) {
      result[i] += rest % dims[axis] * strides[static_cast<size_t>(axis)];
      rest /= dims[axis];
    }
  }
  return result;
}

std::shared_ptr<const Tensor> shared(Tensor tensor) { return std::make_shared<const Tensor>(std::move(tensor)); }

// A matrix as lines along one axis.
struct Lines {
  int64_t lines, steps, line_stride, step_stride;
  int64_t at(int64_t line, int64_t step) const { return line * line_stride + step * step_stride; }
};

Lines lines_along(const Dims& matrix, int axis) {
  return axis == 0 ? Lines{matrix[1], matrix[0], 1, matrix[1]} : Lines{matrix[0], matrix[1], matrix[1], 1};
}

Tensor packed_pairs(const std::vector<int8_t>& values, const Dims& matrix, int axis) {
  const Lines from = lines_along(matrix, axis);
  const int64_t bytes = (from.steps + 1) / 2;
  const Dims dims = axis == 0 ? Dims{bytes, matrix[1]} : Dims{matrix[0], bytes};
  const Lines to = lines_along(dims, axis);
  Tensor packed(DType::int8, dims);
  for (int64_t line = 0; line < from.lines; ++line) {
    for (int64_t i = 0; i < bytes; ++i) {
      const auto low = static_cast<uint8_t>(values[static_cast<size_t>(from.at(line, 2 * i))]);
      const bool has_high = 2 * i + 1 < from.steps;
      const auto high = has_high ? static_cast<uint8_t>(values[static_cast<size_t>(from.at(line, 2 * i + 1))]) : uint8_t{0};
      packed.mutable_values<int8_t>()[static_cast<size_t>(to.at(line, i))] =
          static_cast<int8_t>(static_cast<uint8_t>((low & 15U) | (high & 15U) << 4U));
    }
  }
  return packed;
}

}  // namespace

RoundedWeights rounded_to_int8(const Tensor& weights, const std::vector<bool>& summed) {
  int64_t channels = 1;
  const std::vector<int64_t> channel = channels_of(weights.dims(), summed, channels);
  const std::span<const float> from = weights.values<float>();
  std::vector<float> largest(static_cast<size_t>(channels), 0);
  for (size_t i = 0; i < from.size(); ++i) {
    float& most = largest[static_cast<size_t>(channel[i])];
    most = std::max(most, std::abs(from[i]));
  }
  Tensor scale(DType::float32, Dims{channels}), values(DType::int8, weights.dims());
  for (size_t i = 0; i < largest.size(); ++i) scale.mutable_values<float>()[i] = 127.0F / (largest[i] + kQuantiserEpsilon);
  for (size_t i = 0; i < from.size(); ++i) {
    const float rounded = std::nearbyint(from[i] * scale.values<float>()[static_cast<size_t>(channel[i])]);
    values.mutable_values<int8_t>()[i] = static_cast<int8_t>(std::clamp(rounded, -127.0F, 127.0F));
  }
  return {.values = shared(std::move(values)), .scale = shared(std::move(scale))};
}

// The last block is padded with zeros, which take part in its minimum and maximum.
RoundedWeights rounded_to_int4(const Tensor& weights, const Dims& matrix, int summed, int packed) {
  const Lines lines = lines_along(matrix, summed);
  const int64_t blocks = (lines.steps + kBlock - 1) / kBlock;
  const Dims dims = summed == 0 ? Dims{blocks, matrix[1]} : Dims{matrix[0], blocks};
  const Lines of_blocks = lines_along(dims, summed);
  const std::span<const float> from = weights.values<float>();
  std::vector<int8_t> values(from.size());
  Tensor scales(DType::float32, dims), zeros(DType::int8, dims), block_of(DType::float32, Dims{lines.steps});
  for (int64_t line = 0; line < lines.lines; ++line) {
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t first = block * kBlock, last = std::min(first + kBlock, lines.steps);
      float least = last - first < kBlock ? 0 : std::numeric_limits<float>::infinity(), most = -least;
      for (int64_t step = first; step < last; ++step) {
        const float value = from[static_cast<size_t>(lines.at(line, step))];
        least = std::min(least, value), most = std::max(most, value);
      }
      const float scale = (most - least + kQuantiserEpsilon) / 15.0F;
      const float zero = std::clamp(std::nearbyint(-least / scale) - 8.0F, -8.0F, 7.0F);
      for (int64_t step = first; step < last; ++step) {
        const auto at = static_cast<size_t>(lines.at(line, step));
        values[at] = static_cast<int8_t>(std::clamp(std::nearbyint(from[at] / scale) + zero, -8.0F, 7.0F));
      }
      const auto at = static_cast<size_t>(of_blocks.at(line, block));
      scales.mutable_values<float>()[at] = scale;
      zeros.mutable_values<int8_t>()[at] = static_cast<int8_t>(zero);
    }
  }
  for (int64_t step = 0; step < lines.steps; ++step) {
    const int64_t block = step / kBlock;
    block_of.mutable_values<float>()[static_cast<size_t>(step)] = static_cast<float>(block);  // as Keras saves it
  }
  return {.values = shared(packed_pairs(values, matrix, packed)),
          .scale = shared(std::move(scales)),
          .zero = shared(std::move(zeros)),
          .block_of = shared(std::move(block_of))};
}

}  // namespace keraunos::loader
