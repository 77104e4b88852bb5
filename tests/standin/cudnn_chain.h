// The only kind of graph that the stand-in runs: one convolution, followed by pointwise operations that each read the previous
// result.
#pragma once

#include <vector>

#include "standin/cudnn_record.h"
#include "standin/library_numbers.h"

namespace standin {

struct TensorState {
  int64_t id = 0;
  Number type = Number::float32;
  std::vector<int64_t> dims{}, strides{};
  int64_t alignment = 1;
  bool is_virtual = false;

  /// Bytes from the first element to the end of the last.
  int64_t bytes() const;
};

struct Window {
  std::vector<int64_t> stride, dilation, low, high;
  bool flipped = false;  // a mathematical convolution, not a cross-correlation
};

struct PointwiseState {
  cudnnPointwiseMode_t mode = CUDNN_POINTWISE_ADD;
  TensorState b{}, y{};
  bool has_b = false;
  double alpha_x = 1, alpha_b = 1;
  double lower = 0, upper = 0, slope = 0, elu_alpha = 1, swish_beta = 1;
  bool clipped_above = false;
};

struct Chain {
  TensorState x, w, y;  // y: the result of the convolution itself
  Window window;
  double alpha = 1, beta = 0;
  int64_t groups = 1;
  std::vector<PointwiseState> steps{};

  const TensorState& result() const { return steps.empty() ? y : steps.back().y; }
};

/// Reads a graph; refuses graphs that are no chain, with the code of the real library's engines.
cudnnStatus_t read_chain(const Record& graph, Chain& chain);

/// Checks and reads a tensor's own attributes.
cudnnStatus_t read_tensor(const Record& record, TensorState& tensor);

/// Checks a single convolution operation, as finalising it does.
cudnnStatus_t check_convolution(const Record& operation);

bool is_binary(cudnnPointwiseMode_t mode);

}  // namespace standin
