// What a model is tried with at loading is made up; kernels that compare their operands would refuse it.
#pragma once

#include <span>
#include <vector>

#include "keraunos/kernel.h"

namespace keraunos::loader {

/// A kernel that refuses operands which do not fit each other.
class ChecksOperands {
 public:
  virtual ~ChecksOperands() = default;
  /// The types of its results for operands of these shapes, whatever they hold.
  virtual std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const = 0;
};

}  // namespace keraunos::loader
