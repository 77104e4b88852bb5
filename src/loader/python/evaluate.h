// Converts expressions to operations, for the tensors of a call.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// The tensors that a function returns for the arguments of a layer's call. Shapes are known numbers during lowering. Refuses a
/// result that is no tensor, a value that depends on data where it must be known, and functions that no operation computes.
std::vector<Traced> evaluate(Lowering& l, const Formula& function, std::vector<Arg> arguments, Arg::Members keywords);

/// The result of a call by name, whose arguments are values.
Arg called_by_name(Lowering& l, const std::string& name, std::vector<Arg> arguments, Arg::Members keywords);

/// The first unknown name that a function calls; found before any shape is known.
std::optional<std::string> unknown_call(const Formula& function);

}  // namespace keraunos::loader::python
