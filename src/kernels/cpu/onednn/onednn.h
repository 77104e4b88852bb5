// oneDNN's convolutions and products of float32, where they were measured to be faster than ours (worth_it.cpp says where). Its
// OpenMP stays out of the way: every primitive is made for one thread, our own threads each run some of them, and the caller's
// OpenMP settings are put back. Elsewhere, and for every other type, the loops of this folder's parent do the work.
#pragma once

#include "kernels/cpu/product_shape.h"
#include "kernels/cpu/window_shape.h"

namespace keraunos::cpu::onednn {

/// A 2-D convolution, channels last. Axis 0 counts lines. A product is 1 × 1 over a column of rows.
struct Geometry {
  int64_t batch = 1, channels = 1, filters = 1, groups = 1;
  int64_t in[2]{1, 1}, out[2]{1, 1}, size[2]{1, 1}, stride[2]{1, 1}, dilation[2]{1, 1}, low[2]{0, 0}, high[2]{0, 0};
  bool transposed = false;  ///< a product's right operand is (filters, channels)

  bool operator==(const Geometry&) const = default;
  int64_t terms() const noexcept;  ///< of each sum
  double multiplications() const noexcept;
};

/// Where oneDNN is faster, by kind of layer and instruction set.
bool worth_it(const Cpu& cpu, const Geometry& geometry);

/// The step by oneDNN, or none: it is not worth it, the kernel is no constant, or oneDNN has no machine code for it.
StepPointer make_convolution(const Task& task, const WindowShape& window, int64_t groups, const host::Program& epilogue);
StepPointer make_product(const Task& task, const ProductShape& shape, bool transpose_b, const host::Program& epilogue);

}  // namespace keraunos::cpu::onednn
