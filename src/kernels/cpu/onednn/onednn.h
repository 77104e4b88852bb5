// oneDNN's convolutions and products of float32, where they were measured to be faster than ours (worth_it.cpp says where). Its
// OpenMP stays out of the way: every primitive is made for one thread, our own threads each run some of them, and the caller's
// OpenMP settings are put back. Elsewhere, and for every other type, the loops of this folder's parent do the work.
#pragma once

#include "kernels/cpu/product_shape.h"
#include "kernels/cpu/window_shape.h"

namespace keraunos::cpu::onednn {

/// The step by oneDNN, or none: it is not worth it, the kernel is no constant, or oneDNN has no machine code for it.
StepPointer make_convolution(const Task& task, const WindowShape& window, int64_t groups, const host::Program& epilogue);
StepPointer make_product(const Task& task, const ProductShape& shape, bool transpose_b, const host::Program& epilogue);

}  // namespace keraunos::cpu::onednn
