// Windows over images in the parameters of operations: Keras's "channels_last" or TensorFlow's "NHWC", one number or a list,
// TensorFlow's lists with or without the axes of batch and channels.
#pragma once

#include <optional>
#include <vector>

#include "loader/layers/common/window.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {

/// The memory layout of an operation's tensors.
class Layout {
 public:
  /// Reads the parameter; x has batch and channel axes besides the spatial ones.
  Layout(OperationCall& call, size_t parameter, Value x);

  int axes() const noexcept { return axes_; }
  Value last(Value x) const;   ///< (N, spatial…, C)
  Value given(Value y) const;  ///< in the operation's layout
  /// The numbers of the spatial axes; 1 for each where the parameter is absent.
  std::vector<int64_t> numbers(size_t parameter) const;
  /// From a list with all axes, or with one number for each spatial axis.
  std::vector<int64_t> spatial(const std::vector<int64_t>& listed) const;

 private:
  OperationCall& call_;
  bool first_ = false;
  int axes_ = 0;
};

/// The padding of a window: a text, or TensorFlow's pairs for each axis.
Window padded_window(OperationCall& call, const Layout& layout, size_t parameter, Value x, const std::vector<int64_t>& size,
                     const std::vector<int64_t>& stride, const std::vector<int64_t>& dilation);

/// True for "SAME", false for "VALID", in upper or lower case.
bool is_same(OperationCall& call, size_t parameter, bool otherwise = false);

}  // namespace keraunos::loader
