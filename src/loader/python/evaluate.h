// Expressions become operations: what the tensors of a call make of a function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// The tensors that a function gives for the arguments of a layer's call. Shapes are known numbers while lowering. Refuses what
/// is no tensor, what depends on data where it has to be known, and what no operation computes.
std::vector<Traced> evaluate(Lowering& l, const Formula& function, std::vector<Arg> arguments, Arg::Members keywords);

/// The first name that a function calls and that stands for nothing here; so much is known before any shape is.
std::optional<std::string> unknown_call(const Formula& function);

}  // namespace keraunos::loader::python
