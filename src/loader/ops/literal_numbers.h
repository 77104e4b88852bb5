// Numbers that are computed while lowering, as a device would compute them.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "host/graph/program.h"
#include "keraunos/tensor.h"

namespace keraunos::loader {

/// Holds every int64, float and double exactly.
using LiteralNumber = long double;
static_assert(std::numeric_limits<LiteralNumber>::digits >= 64);

/// The contents of a tensor of integers, booleans or float32/float64; nothing for other types.
std::optional<std::vector<LiteralNumber>> literal_numbers(const Tensor& tensor);

/// One instruction of a program; its operands have type `from`. Nothing where the function is not known here, and where an
/// integer does not fit.
std::optional<LiteralNumber> literal_result(const host::Instruction& step, DType from, LiteralNumber a, LiteralNumber b,
                                            LiteralNumber c);

}  // namespace keraunos::loader
