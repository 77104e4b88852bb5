// Our own convolution kernels: for depthwise convolutions, which cuDNN computes slowly, and for all that cuDNN refuses.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/broadcast.h"
#include "kernels/cuda/grid.h"
#include "kernels/cuda/window.h"

namespace keraunos::cuda {

/// x (batch, in…, channels), y (batch, out…, filters). The kernel's element for a tap, a channel of its group and a filter is at
/// tap · tap_stride + channel · channel_stride + filter · filter_stride, for Keras's layout and for that packed for cuDNN.
struct ConvShape {
  WindowShape window{};
  int64_t channels = 0, filters = 0, groups = 1;
  int64_t tap_stride = 0, channel_stride = 0, filter_stride = 0;
};

/// Any floating type, any shape; one thread for each element of y.
void launch_conv(DType type, const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue, void* y,
                 const LaunchContext& context, cudaStream_t stream);

/// groups = channels = filters, the kernel in Keras's layout: (taps, 1, channels).
void launch_depthwise(DType type, const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue, void* y,
                      const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
