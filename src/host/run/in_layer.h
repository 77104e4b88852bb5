// What a kernel says of its data is said with the name of the layer that it computes.
#pragma once

#include <string>

#include "keraunos/error.h"

namespace keraunos::host {

/// Calls `run`; a DataError from inside gets "layer "…": " in front.
template <class Run>
auto in_layer(const std::string& origin, Run&& run) {
  try {
    return run();
  } catch (const DataError& error) {
    throw DataError("layer \"" + origin + "\": " + error.what());
  }
}

}  // namespace keraunos::host
