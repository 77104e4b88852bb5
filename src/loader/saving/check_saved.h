// Does a converted model still compute the same? Keras 3 gives some layers another meaning than earlier Kerases (hard_sigmoid,
// masks), which no config can say.
#pragma once

#include "keraunos/model.h"
#include "loader/keras/probe_sizes.h"

namespace keraunos::loader {

/// Predicts with both models on made-up inputs, whose sizes stand for None. UnsupportedError names the first layer whose outputs
/// differ by more than rounding; it is thrown too where the model takes none of these inputs, so that nothing can be said.
void check_saved(const Model& original, const Model& saved, const ProbeSizes& sizes, const std::string& file);

}  // namespace keraunos::loader
