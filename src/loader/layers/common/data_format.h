// channels_first layers: operations are channels last, so inputs and results are transposed. Passes remove adjacent inverse
// transposes.
#pragma once

#include "keraunos/layer.h"

namespace keraunos::loader {

/// config["data_format"] is "channels_first"; a missing one means channels last.
bool channels_first(const Config& config);

/// (N, C, spatial…) → (N, spatial…, C) and back; x itself when the layer is channels last.
Value to_channels_last(Lowering& l, Value x);
Value from_channels_last(Lowering& l, Value x);

}  // namespace keraunos::loader
