// The functions behind losses and behind metrics that are means: a number for each row, or for each step of it. One family a
// file; the table of them in functions.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "keraunos/config.h"
#include "loader/evaluate/array.h"

namespace keraunos::loader {

/// What is compared.
struct Sides {
  Array truth, prediction;
  /// What the last layer's softmax or sigmoid was applied to: Keras computes crossentropies from that, so that they do not end at
  /// the logarithm of epsilon.
  std::optional<Array> logits{};
  int keras = 3;  ///< whose rules count: 2 or 3
};

struct Values {
  Array values;
  std::optional<Array> mask{};  ///< which of them count (ignore_class)
};

using Compute = Values (*)(const Sides& sides, const Config& arguments);

struct FunctionRow {
  std::string_view name;  ///< of the function in keras.losses or keras.metrics
  Compute compute;
};

/// A function by its name or one of Keras's aliases ("mse"), nullptr where there is none. Metrics have a cosine_similarity of
/// their own, of the other sign.
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
