// Operands with artificial values at loading, which kernels that check their operands would refuse.
#pragma once

#include <span>
#include <vector>

#include "keraunos/kernel.h"

namespace keraunos::loader {

/// A kernel that refuses operands which do not match each other.
class ChecksOperands {
 public:
  virtual ~ChecksOperands() = default;
  /// The types of its results for operands of these shapes, whatever their values.
  virtual std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const = 0;
};

}  // namespace keraunos::loader
