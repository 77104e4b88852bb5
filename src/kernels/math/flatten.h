// Converts the host's programs and shapes to the fixed forms of code.h and strides.h.
#pragma once

#include <span>

#include "host/graph/graph.h"
#include "kernels/math/code.h"
#include "kernels/math/strides.h"

namespace keraunos::math {

Code flatten(const host::Program& program);

/// Strides of dense operands under a result (NumPy's broadcasting), with axes merged.
Strides collapse(const Shape& result, std::span<const Shape> operands);

}  // namespace keraunos::math
