// Numbers that do not depend on data: min(5, max(5, x)) is 5, whatever x is. TensorFlow computes the number of bins in this form
// where the caller gives equal minimum and maximum lengths.
#pragma once

#include <cstdint>
#include <optional>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The single integer that a value of one element can have, if it is known.
std::optional<int64_t> literal_bound(const Builder& builder, Value v);

}  // namespace keraunos::loader
