// Adds the layer's path to a DataError that a kernel throws.
#pragma once

#include <exception>
#include <string>

#include "keraunos/error.h"

namespace keraunos::host {

/// Calls `run`; a DataError that it throws gets the prefix "layer "…": " and is nested in the one with the prefix, because a
/// kernel of another language throws a class of its own.
template <class Run>
auto in_layer(const std::string& origin, Run&& run) {
  try {
    return run();
  } catch (const DataError& error) {
    std::throw_with_nested(DataError("layer \"" + origin + "\": " + error.what()));
  }
}

}  // namespace keraunos::host
