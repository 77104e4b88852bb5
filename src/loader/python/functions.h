// The functions that an expression may call: by the names that a program has for TensorFlow, Keras's backend, keras.ops, NumPy
// and Python's own functions. Nothing else is called.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/ops/operation.h"
#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// A dotted name as this library calls it: modules by their usual short names ("tensorflow.keras.backend.mean" → "K.mean",
/// "tensorflow.math.exp" → "tf.math.exp").
std::string canonical_name(std::string_view dotted);

/// An operation, and its parameters in the order in which the function takes them by position.
struct Callable {
  const Operation* operation;
  std::vector<std::string> parameters;
  bool of_keras3;
};
/// Of a canonical name of TensorFlow or keras.ops.
std::optional<Callable> operation_named(std::string_view name);

/// The body of a function that is an expression of others: of Keras's backend, mostly. nullptr where there is none of that name.
const Formula* written_function(std::string_view name);

/// A function of numbers alone ("math.sqrt", "np.log"): applies it. Nothing where there is none of that name.
std::optional<double> number_of(std::string_view name, const std::vector<double>& arguments);
/// "np.pi", "math.e", "tf.newaxis", "tf.float32": what the name itself stands for. Nothing where it is no value.
std::optional<Arg> value_named(std::string_view name);

/// True for what a call may name.
bool is_function(std::string_view name);

}  // namespace keraunos::loader::python
