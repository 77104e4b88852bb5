// Converts the code object of a straight-line function to the expression that it computes.
#pragma once

#include <span>

#include "loader/python/expression.h"
#include "loader/python/instructions.h"

namespace keraunos::loader::python {

/// `defaults` are those of the last parameters, `closure` the variables of the enclosing function in the order of Code::free.
/// ModelError with the reason why the code is no straight-line expression.
Formula traced_formula(const Code& code, Version version, std::span<const Arg> defaults, std::span<const Arg> closure);

}  // namespace keraunos::loader::python
