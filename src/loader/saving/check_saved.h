// Checks that a converted model computes the same. Some layers have another meaning in Keras 3 (hard_sigmoid, masks), which no
// config can express.
#pragma once

#include "keraunos/model.h"
#include "loader/keras/probe_sizes.h"

namespace keraunos::loader {

/// Predicts with both models for artificial inputs, whose sizes replace None. UnsupportedError names the first layer whose
/// outputs differ by more than rounding; it is also thrown where the model accepts none of these inputs, because nothing was
/// checked then.
void check_saved(const Model& original, const Model& saved, const ProbeSizes& sizes, const std::string& file);

}  // namespace keraunos::loader
