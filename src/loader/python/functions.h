// The functions that an expression may call, by their names in programs: of TensorFlow, Keras's backend, keras.ops, NumPy and
// Python itself. Nothing else can be called.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loader/ops/operation.h"
#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// The canonical form of a dotted name: modules by their usual short names ("tensorflow.keras.backend.mean" → "K.mean",
/// "tensorflow.math.exp" → "tf.math.exp").
std::string canonical_name(std::string_view dotted);

/// An operation, and its parameters in the order of the function's positional arguments.
struct Callable {
  const Operation* operation;
  std::vector<std::string> parameters;
  bool of_keras3;
};
/// The operation with a canonical name of TensorFlow or keras.ops.
std::optional<Callable> operation_named(std::string_view name);

/// The body of a function that is defined by an expression, mostly of Keras's backend; nullptr where there is none of that name.
const Formula* written_function(std::string_view name);

/// The names of TensorFlow's functions that are defined by expressions, without "tf.".
std::vector<std::string> written_names();

/// The names of keras.ops' functions that operation_named() knows, without "ops.", sorted.
std::vector<std::string> ops_names();

/// Applies a function of numbers ("math.sqrt", "np.log"). Absent where there is none of that name.
std::optional<double> number_of(std::string_view name, const std::vector<double>& arguments);
/// The value of a name: "np.pi", "math.e", "tf.newaxis", "tf.float32". Absent where the name has no value.
std::optional<Arg> value_named(std::string_view name);

/// True for a name that can be called.
bool is_function(std::string_view name);

}  // namespace keraunos::loader::python
