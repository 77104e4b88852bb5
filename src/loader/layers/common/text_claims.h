// The shapes that Keras reports for the results of a TextVectorization.
#pragma once

#include <optional>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// LayerTraits::claimed_shapes.
std::optional<std::vector<Shape>> claimed_shapes_of_texts(Lowering& l, const std::vector<Traced>& results);

}  // namespace keraunos::loader
