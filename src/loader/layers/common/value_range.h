// The range of pixel values in images.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

struct ValueRange {
  double low = 0, high = 255;
  bool is_of_bytes() const noexcept { return low == 0 && high == 255; }
};

/// config["value_range"]; sorted if `sorts`.
ValueRange value_range(const Config& config, bool sorts);

/// Moves values from one range to another, with the steps and roundings of Keras.
Value moved_to(Lowering& l, Value x, const ValueRange& from, const ValueRange& to);

}  // namespace keraunos::loader
