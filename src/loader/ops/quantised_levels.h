// Numbers rounded to levels between two bounds, as TensorFlow's FakeQuantWithMinMaxVars.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The levels are multiples of the step, 0 included. If both bounds are 0, the result is 0. `narrow`: without the lowest level.
Value fake_quantised(Lowering& l, Value x, Value low, Value high, int64_t bits, bool narrow);

}  // namespace keraunos::loader
