// From the code object of a straight-line function to the expression that it computes.
#pragma once

#include <span>

#include "loader/python/expression.h"
#include "loader/python/instructions.h"

namespace keraunos::loader::python {

/// `defaults` are those of the last parameters, `closure` the variables of the function around it in Code::free's order.
/// ModelError that says what in the code is no straight-line expression.
Formula traced_formula(const Code& code, Version version, std::span<const Arg> defaults, std::span<const Arg> closure);

}  // namespace keraunos::loader::python
