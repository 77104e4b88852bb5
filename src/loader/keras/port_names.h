// The inputs or outputs of a model as lists and dictionaries: in which order they come, and by which keys.
#pragma once

#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

struct Port {
  const Traced* tensor = nullptr;
  std::string key;  ///< the keys and list indices that lead to it, joined by '.'; empty outside dictionaries
};

/// Sorted by key, as Keras flattens dictionaries, or in the order in which the file lists them, as Keras's predict() gives them.
std::vector<Port> ports_of(const Arg& tree, bool sorted);

}  // namespace keraunos::loader
