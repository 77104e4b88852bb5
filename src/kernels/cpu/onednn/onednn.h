// oneDNN's convolutions and products of float32, where measurements showed them to be faster than our kernels (worth_it.cpp). Its
// OpenMP threads are not used: every primitive is made for one thread, our own threads each run some of them, and the caller's
// OpenMP settings are restored. All other steps and types use the loops of the parent folder.
#pragma once

#include "kernels/cpu/product_shape.h"
#include "kernels/cpu/window_shape.h"

namespace keraunos::cpu::onednn {

/// A step that uses oneDNN; null where it is not worth it, the kernel is no constant, or oneDNN has no machine code for it.
StepPointer make_convolution(const Task& task, const WindowShape& window, int64_t groups, const host::Program& epilogue);
StepPointer make_product(const Task& task, const ProductShape& shape, bool transpose_b, const host::Program& epilogue);

}  // namespace keraunos::cpu::onednn
