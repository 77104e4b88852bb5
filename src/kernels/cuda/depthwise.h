// Depthwise convolutions with common windows: 3 or 5 columns wide, strides of 1 or 2, no dilation, over one or two axes.
#pragma once

#include "kernels/cuda/conv.h"

namespace keraunos::cuda {

/// As launch_depthwise; the shape must not be empty. Returns false without launching for any other window, for float64, where
/// packs of four channels do not fit, and where an index might not fit 31 bits.
bool launch_depthwise_rows(DType type, const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue,
                           void* y, const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
