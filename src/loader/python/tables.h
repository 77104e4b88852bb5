// The tables of functions.cpp: facts about Keras's and TensorFlow's interfaces.
#pragma once

#include <span>
#include <string_view>

namespace keraunos::loader::python {

/// A function defined by an expression: its parameters with their defaults, and its body.
struct WrittenFunction {
  std::string_view name, body;
};
std::span<const WrittenFunction> written_functions();     ///< of Keras's backend
std::span<const WrittenFunction> tensorflow_functions();  ///< of TensorFlow, and parts of them

/// Parameters by position, where their order differs from the operation's.
struct Signature {
  std::string_view name, parameters;
};
std::span<const Signature> signatures();

}  // namespace keraunos::loader::python
