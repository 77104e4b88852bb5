// Numbers and arrays inside a config: plain, nested lists, or {"class_name": "__numpy__" | "__tensor__", "config": {"value": …}}.
#pragma once

#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// config[key] as an array of doubles (rank 0 for a number). ModelError for anything else and for ragged lists.
Tensor array_of(const Config& config, std::string_view key);

/// The same as a constant of `type`; its numbers must fit the type.
Value constant_of(Lowering& l, std::string_view key, DType type);

/// config[key] as a number, `otherwise` where it is missing (null is refused); an array with one element counts as a number
/// (Keras 2.15 writes ReLU's slopes so).
double number_of(const Config& config, std::string_view key, double otherwise);

/// The same; numbers below 0 are refused, as in Keras, and NaN passes, as there.
double nonnegative_of(const Config& config, std::string_view key, double otherwise);

/// LeakyReLU's "alpha" (Keras 2) or "negative_slope" (Keras 3, which refuses numbers below 0).
double leaky_slope(const Config& config, const Dialect& dialect);

/// The integers of a list; a single integer is refused.
std::vector<int64_t> listed_integers(const Config& config, std::string_view key, Range range);

/// Refuses a finite number beyond float32's range unless the type is float64, as Keras does. Infinity is accepted.
void require_fit(const Config& config, std::string_view key, double value, DType type);

}  // namespace keraunos::loader
