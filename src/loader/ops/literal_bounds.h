// Numbers that data cannot move: min(5, max(5, x)) is 5, whatever x is. TensorFlow counts in so many bins where the caller asks
// for at least and at most as many.
#pragma once

#include <cstdint>
#include <optional>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The one integer that a value of one element can be, if that is known.
std::optional<int64_t> literal_bound(const Builder& builder, Value v);

}  // namespace keraunos::loader
