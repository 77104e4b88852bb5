// Computes Keras 3.15's quantizers.abs_max_quantize and abs_max_quantize_grouped_with_zero_point in float32, as NumPy does.
#pragma once

#include <memory>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::loader {

struct RoundedWeights {
  std::shared_ptr<const Tensor> values, scale;
  std::shared_ptr<const Tensor> zero{}, block_of{};  ///< of int4
};

/// q = round(x · scale) with scale = 127 / (max|x| + 1e-7), where the maximum is over the axes for which `summed` is true.
/// `values` have the shape of `weights`; `scale` has one axis, over the elements of the other axes.
RoundedWeights rounded_to_int8(const Tensor& weights, const std::vector<bool>& summed);

/// q = round(x / scale) + zero for each block of 128 elements of a matrix along the axis `summed`. Two neighbours along the
/// axis `packed` share a byte. `scale` and `zero` have the matrix's axes, with one element per block along `summed`; `block_of`
/// is the block of each element along that axis.
RoundedWeights rounded_to_int4(const Tensor& weights, const Dims& matrix, int summed, int packed);

/// int4: how many elements share a scale.
inline constexpr int64_t kBlock = 128;

}  // namespace keraunos::loader
