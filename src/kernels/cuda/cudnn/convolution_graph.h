// A convolution and its epilogue as cuDNN's operation graph.
#pragma once

#include "kernels/cuda/cudnn/convolution.h"

namespace keraunos::cuda {

/// Names of the tensors in the graph, under which their addresses are given when it runs.
enum TensorId : int64_t { kInput = 1, kFilter, kResidual, kBias, kOutput, kFirstVirtual };

/// The finalised graph. With a null handle it is meant for a described device.
Descriptor convolution_graph(const ConvolutionProblem& problem, cudnnHandle_t handle);

}  // namespace keraunos::cuda
