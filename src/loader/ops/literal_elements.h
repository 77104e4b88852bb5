// Contents of lists of which some numbers are known during lowering: tf.stack([0, i]).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The integers of a value of rank 1, each if it is known.
std::vector<std::optional<int64_t>> literal_elements(const Builder& builder, Value v);

}  // namespace keraunos::loader
