// EinsumDense's equation: "abc,cde->abde" with output_shape (None, 8, 64) says that the kernel is (c, 8, 64). An ellipsis stands
// for leading or trailing axes of the input that the result keeps; it gets labels of its own here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

class EinsumEquation {
 public:
  /// Reads config["equation"] and config["output_shape"] for an input of that shape; `output` stands for an output_shape that the
  /// config leaves open. ModelError when they do not fit.
  EinsumEquation(const Config& config, const Shape& input, std::optional<Shape> output = {});

  std::string text;  ///< without ellipses, for Builder::einsum

  Shape kernel_shape() const;
  /// From the first of `axes` on in the result, 1 where a label is not among them: right-aligned with the result.
  Shape bias_shape(const std::string& axes) const;

  /// int8: axes of the input that the product sums over, and the scale of the input (with 1 there) laid out as the result is.
  std::vector<int> contracted_axes() const;
  Value input_scale_over_result(Lowering& l, Value scale) const;

 private:
  Dim extent_in_result(size_t index) const;

  std::string input_, kernel_, result_;
  Shape input_shape_;
  Shape result_shape_;  ///< size −1 where the config leaves it open
  const Config* config_;
};

/// The shape of a weight as it was saved, for weights whose shape nothing else tells.
Shape shape_saved(const Lowering& l, std::string_view weight);

}  // namespace keraunos::loader
