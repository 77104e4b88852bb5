// Assertions of a function about its data: a call whose data violate one fails, as in TensorFlow.
#pragma once

#include <span>
#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

struct Assertion {
  std::string name;  ///< of the node
  Value condition;   ///< a boolean
};

/// Returns x after checking all assertions; assertions known to hold cost nothing.
Value asserted(Lowering& l, Value x, std::span<const Assertion> assertions);

}  // namespace keraunos::loader
