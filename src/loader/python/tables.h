// The two tables of functions.cpp: facts of Keras's and TensorFlow's programming interfaces.
#pragma once

#include <span>
#include <string_view>

namespace keraunos::loader::python {

/// A function that is an expression of others: its parameters with their defaults, and its body.
struct WrittenFunction {
  std::string_view name, body;
};
std::span<const WrittenFunction> written_functions();

/// Parameters by position, where their order is not that of the operation.
struct Signature {
  std::string_view name, parameters;
};
std::span<const Signature> signatures();

}  // namespace keraunos::loader::python
