// What a function asserts about its data: a call whose data do not satisfy it fails, as it does in TensorFlow.
#pragma once

#include <span>
#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

struct Assertion {
  std::string name;  ///< of the node
  Value condition;   ///< a boolean
};

/// x, which is there only where all assertions hold; those that are known to hold cost nothing.
Value asserted(Lowering& l, Value x, std::span<const Assertion> assertions);

}  // namespace keraunos::loader
