// The sizes used for None while a model is tried at loading. A model may accept only some batch sizes (a reshape to (16, -1));
// these divide numbers in its file.
#pragma once

#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct ProbeSizes {
  int64_t batch, extent;  ///< for the first None of a shape, and for the others
};

/// Consecutive sizes differ in both numbers where both are free, so that a failure that is equal in both is the model's.
std::vector<ProbeSizes> usual_probe_sizes(const std::vector<TensorSpec>& inputs);
/// From the numbers of the configs, calls, constants and weights, where none of the usual sizes fits.
std::vector<ProbeSizes> further_probe_sizes(const LayerGraph& graph, const std::vector<TensorSpec>& inputs);

/// `text` with "None" for each number that differs in `other`, the same text for other sizes. Absent where the texts differ in
/// more than numbers.
std::optional<std::string> without_probe_sizes(std::string_view text, std::string_view other);

}  // namespace keraunos::loader
