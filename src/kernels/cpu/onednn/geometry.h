// The convolution that oneDNN is asked to compute.
#pragma once

#include "kernels/cpu/cpu.h"

namespace keraunos::cpu::onednn {

/// A 2-D convolution, channels last. Axis 0 counts lines. A product is a 1 × 1 convolution over a column of rows.
struct Geometry {
  int64_t batch = 1, channels = 1, filters = 1, groups = 1;
  int64_t in[2]{1, 1}, out[2]{1, 1}, size[2]{1, 1}, stride[2]{1, 1}, dilation[2]{1, 1}, low[2]{0, 0}, high[2]{0, 0};
  bool transposed = false;  ///< a product's right operand is (filters, channels)

  bool operator==(const Geometry&) const = default;
  int64_t terms() const noexcept;  ///< number of terms of each sum
  double multiplications() const noexcept;
};

/// True where oneDNN is faster than our kernels and as exact, by kind of layer.
bool worth_it(const Cpu& cpu, const Geometry& geometry);

}  // namespace keraunos::cpu::onednn
