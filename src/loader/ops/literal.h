// Contents of small integer tensors that are known during lowering: tf.shape(x), and arithmetic on it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The integers in a value, row by row, if they depend only on shapes and constants. At most kMaxLiteral of them.
std::optional<std::vector<int64_t>> literal_of(const Builder& builder, Value v);

/// The same for numbers of float32 and float64.
std::optional<std::vector<double>> literal_reals(const Builder& builder, Value v);

inline constexpr int64_t kMaxLiteral = 1024;

}  // namespace keraunos::loader
