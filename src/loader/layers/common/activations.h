// Keras's activations by name, with the definitions of the Keras version that wrote the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Applies the activation of that name; an absent Value when Keras has none of that name. UsageError where x is unsuitable.
Value apply_activation(Builder& builder, const Dialect& dialect, std::string_view name, Value x);

/// Keras's sparsemax along an axis of a floating tensor.
Value sparsemax(Builder& builder, Value x, int axis);

/// The activation as one scalar function and its parameter, if it is one: a recurrent layer can apply it at each step.
std::optional<ScalarFunction> scalar_activation(const Dialect& dialect, std::string_view name);

/// The name in a config's activation field: a string, a function object {"class_name": "function", "config": name}, or "linear"
/// for null. Absent for layer objects and custom functions.
std::optional<std::string> activation_name(const Json* field);

/// config[key] as one scalar function: a name, or one of the activation layers (LeakyReLU, ELU, ReLU without limits).
std::optional<ScalarFunction> scalar_activation(const Config& config, const Dialect& dialect, std::string_view key,
                                                std::string_view otherwise);

/// True when config[key] names an elementwise activation, which may move across a transpose.
bool is_elementwise(const Config& config, const Dialect& dialect, std::string_view key = "activation");

}  // namespace keraunos::loader
