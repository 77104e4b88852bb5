// Keras 3 asks a layer for the shapes of its results before it computes any, and a few layers answer wrongly (Keras 3.15): the
// activation glu halves the last axis and no layer says so; a Bidirectional takes both directions for the forward one; the scores
// of a MultiHeadAttention are thought as long as the query on both sides; TextVectorization forgets that it counts words of a
// row. Keras 2 traces what it computes, and so tells the truth but for sizes that TensorFlow loses on the way. Layers further on
// build on the wrong answer, so that summary() needs a lowering of its own in which results look as claimed.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The shapes that Keras believes the results of a layer to have, one each (a Bidirectional may claim more than there are);
/// none for layers that tell the truth. (Lowering::activated sees to glu.)
std::optional<std::vector<Shape>> claimed_shapes(Lowering& l, std::string_view class_name, const std::vector<Traced>& results);

}  // namespace keraunos::loader
