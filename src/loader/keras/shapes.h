// Input shapes as configs state them.
#pragma once

#include <optional>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

using InputShape = std::vector<std::optional<int64_t>>;  // with the batch

/// [null, 4] → (None, 4); absent where it is no list of integers and nulls.
std::optional<InputShape> parse_shape(const files::Json* json);

/// The input shape that an InputLayer or a first layer states: batch_shape, batch_input_shape, input_shape, …
std::optional<InputShape> shape_of_input(const LayerInstance& layer, const std::string& file);

}  // namespace keraunos::loader
