// EinsumDense's equation: "abc,cde->abde" with output_shape (None, 8, 64) means that the kernel is (c, 8, 64). An ellipsis stands
// for leading or trailing axes of the input that the result keeps; they get labels here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

class EinsumEquation {
 public:
  /// Reads config["equation"] and config["output_shape"] for an input of that shape; `output` is used where the config leaves
  /// output_shape open. ModelError when they do not fit.
  EinsumEquation(const Config& config, const Shape& input, std::optional<Shape> output = {});

  std::string text;  ///< without ellipses, for Builder::einsum

  Shape kernel_shape() const;
  /// The result's extents from the first of `axes` on, 1 where a label is not among them: right-aligned with the result.
  Shape bias_shape(const std::string& axes) const;

  /// For int8: axes of the input that the product sums over, and the input's scale (with 1 at those axes) in the result's layout.
  std::vector<int> contracted_axes() const;
  Value input_scale_over_result(Lowering& l, Value scale) const;

 private:
  Dim extent_in_result(size_t index) const;

  std::string input_, kernel_, result_;
  Shape input_shape_;
  Shape result_shape_;  ///< size −1 where the config leaves it open
  const Config* config_;
};

/// The saved shape of a weight, for weights whose shape does not follow from anything else.
Shape shape_saved(const Lowering& l, std::string_view weight);

}  // namespace keraunos::loader
