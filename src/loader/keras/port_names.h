// The inputs or outputs of a model in lists and dictionaries: their order and their keys.
#pragma once

#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

struct Port {
  const Traced* tensor = nullptr;
  std::string key;  ///< the keys and list indices that lead to it, joined by '.'; empty outside dictionaries
};

/// Sorted by key, as Keras flattens dictionaries, or in the file's order, as Keras's predict() returns them.
std::vector<Port> ports_of(const Arg& tree, bool sorted);

}  // namespace keraunos::loader
