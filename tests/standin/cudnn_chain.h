// The only kind of graph that the stand-in runs: one convolution and the pointwise operations behind it, each reading the one
// before.
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

  /// Bytes from the first element to behind the last.
  int64_t bytes() const;
};

struct Window {
  std::vector<int64_t> stride, dilation, low, high;
  bool flipped = false;  // a convolution in the mathematicians' sense
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
  TensorState x, w, y;  // y: what the convolution itself writes
  Window window;
  double alpha = 1, beta = 0;
  int64_t groups = 1;
  std::vector<PointwiseState> steps{};

  const TensorState& result() const { return steps.empty() ? y : steps.back().y; }
};

/// Reads a graph; refuses what is no chain, with the code that the real library's engines would lead to.
cudnnStatus_t read_chain(const Record& graph, Chain& chain);

/// Checks and reads a tensor's own attributes.
cudnnStatus_t read_tensor(const Record& record, TensorState& tensor);

/// Checks a convolution operation by itself, as finalising it does.
cudnnStatus_t check_convolution(const Record& operation);

bool is_binary(cudnnPointwiseMode_t mode);

}  // namespace standin
