// Numbers computed during lowering, as a device would compute them.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "host/graph/program.h"
#include "keraunos/tensor.h"

namespace keraunos::loader {

/// Represents every int64, float and double exactly.
using LiteralNumber = long double;
static_assert(std::numeric_limits<LiteralNumber>::digits >= 64);

/// The contents of a tensor of integers, booleans or float32/float64; absent for other types.
std::optional<std::vector<LiteralNumber>> literal_numbers(const Tensor& tensor);

/// The result of one instruction of a program; its operands have type `from`. Absent where the function is not supported here,
/// and where an integer does not fit.
std::optional<LiteralNumber> literal_result(const host::Instruction& step, DType from, LiteralNumber a, LiteralNumber b,
                                            LiteralNumber c);

}  // namespace keraunos::loader
