// Keras's activations by name, as the Keras that wrote the file defines them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Applies the activation of that name; an absent Value when Keras has none of that name. UsageError where x does not suit it.
Value apply_activation(Builder& builder, const Dialect& dialect, std::string_view name, Value x);

/// Keras's sparsemax along an axis of a floating tensor.
Value sparsemax(Builder& builder, Value x, int axis);

/// The same as one scalar function and its parameter, where it is one: what a recurrent layer can apply at each step.
std::optional<ScalarFunction> scalar_activation(const Dialect& dialect, std::string_view name);

/// The name in a config's activation field: a string, a function object {"class_name": "function", "config": name}, or "linear"
/// for null. Nothing for layer objects and user functions.
std::optional<std::string> activation_name(const Json* field);

/// config[key] as one scalar function: a name, or one of the activation layers (LeakyReLU, ELU, ReLU without limits).
std::optional<ScalarFunction> scalar_activation(const Config& config, const Dialect& dialect, std::string_view key,
                                                std::string_view otherwise);

/// True when config[key] names an activation that looks at each element alone, so that it may move across a transpose.
bool is_elementwise(const Config& config, const Dialect& dialect, std::string_view key = "activation");

}  // namespace keraunos::loader
