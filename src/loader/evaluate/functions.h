// The functions of losses and of metrics that are means: a number for each row, or for each step of a row. One family in each
// file; the table is in functions.cpp.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "keraunos/config.h"
#include "loader/evaluate/array.h"

namespace keraunos::loader {

/// The two operands of a comparison.
struct Sides {
  Array truth, prediction;
  /// The operand of the last layer's softmax or sigmoid: Keras computes crossentropies from it, so that they are not limited by
  /// the logarithm of epsilon.
  std::optional<Array> logits{};
  int keras = 3;  ///< the Keras version whose rules apply: 2 or 3
};

struct Values {
  Array values;
  std::optional<Array> mask{};  ///< values to include (ignore_class)
};

using Compute = Values (*)(const Sides& sides, const Config& arguments);
/// A function of Keras or of the caller.
using Measure = std::function<Values(const Sides& sides, const Config& arguments)>;

struct FunctionRow {
  std::string_view name;  ///< of the function in keras.losses or keras.metrics
  Compute compute;
};

/// A function by its name or one of Keras's aliases ("mse"); nullptr where there is none. For metrics cosine_similarity has the
/// other sign.
const FunctionRow* find_function(std::string_view name, bool is_metric);
/// Every name, for tests.
std::vector<std::string> function_names();
/// "categorical_crossentropy" for the class "CategoricalCrossentropy".
std::string function_of_class(std::string_view class_name);

std::span<const FunctionRow> probabilistic_functions();
std::span<const FunctionRow> regression_functions();
std::span<const FunctionRow> hinge_functions();
std::span<const FunctionRow> region_functions();
std::span<const FunctionRow> accuracy_functions();
std::span<const FunctionRow> correlation_functions();

inline constexpr float kEpsilon = 1e-7f;  // keras.backend.epsilon()

}  // namespace keraunos::loader
