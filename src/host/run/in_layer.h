// Adds the layer's path to a DataError that a kernel throws.
#pragma once

#include <string>

#include "keraunos/error.h"

namespace keraunos::host {

/// Calls `run`; a DataError that it throws gets the prefix "layer "…": ".
template <class Run>
auto in_layer(const std::string& origin, Run&& run) {
  try {
    return run();
  } catch (const DataError& error) {
    throw DataError("layer \"" + origin + "\": " + error.what());
  }
}

}  // namespace keraunos::host
