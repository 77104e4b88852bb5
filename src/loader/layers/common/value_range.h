// The range of values that images of a file have.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

struct ValueRange {
  double low = 0, high = 255;
  bool is_of_bytes() const noexcept { return low == 0 && high == 255; }
};

/// config["value_range"], its numbers in ascending order where `sorts`.
ValueRange value_range(const Config& config, bool sorts);

/// Values of one range in another, in the steps, and with the roundings, of Keras.
Value moved_to(Lowering& l, Value x, const ValueRange& from, const ValueRange& to);

}  // namespace keraunos::loader
