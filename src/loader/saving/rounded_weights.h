// Keras 3.15's quantizers.abs_max_quantize and abs_max_quantize_grouped_with_zero_point as NumPy computes them, in float32.
#pragma once

#include <memory>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::loader {

struct RoundedWeights {
  std::shared_ptr<const Tensor> values, scale;
  std::shared_ptr<const Tensor> zero{}, block_of{};  ///< of int4
};

/// q = round(x · scale) with scale = 127 / (max|x| + 1e-7), the largest over the axes where `summed` is true. `values` have the
/// shape of `weights`; `scale` has one axis, of all other elements.
RoundedWeights rounded_to_int8(const Tensor& weights, const std::vector<bool>& summed);

/// Of a matrix: q = round(x / scale) + zero for each block of 128 elements along the axis `summed`. Along the axis `packed` two
/// neighbours share a byte. `scale` and `zero` have the matrix's axes, with blocks in place of `summed`; `block_of` says the
/// block of each element along it.
RoundedWeights rounded_to_int4(const Tensor& weights, const Dims& matrix, int summed, int packed);

/// int4: how many elements share a scale.
inline constexpr int64_t kBlock = 128;

}  // namespace keraunos::loader
