// A convolution and its epilogue as cuDNN's operation graph.
#pragma once

#include "kernels/cuda/cudnn/convolution.h"

namespace keraunos::cuda {

/// Ids of the tensors in the graph; a run passes addresses by these ids.
enum TensorId : int64_t { kInput = 1, kFilter, kResidual, kBias, kOutput, kFirstVirtual };

/// The finalised graph. A null handle makes a graph for a described device.
Descriptor convolution_graph(const ConvolutionProblem& problem, cudnnHandle_t handle);

}  // namespace keraunos::cuda
