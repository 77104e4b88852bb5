// What stands for None while a model is tried at loading. A model may take some batch sizes only (a reshape to (16, -1)); those
// that it takes divide the numbers that its file holds.
#pragma once

#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct ProbeSizes {
  int64_t batch, extent;  ///< in place of the first None of a shape, and of the others
};

/// Two that follow one another differ in both numbers where both are free: a failure that is the same in both is the model's.
std::vector<ProbeSizes> usual_probe_sizes(const std::vector<TensorSpec>& inputs);
/// From the numbers of the configs, calls, constants and weights, where none of the usual sizes fits.
std::vector<ProbeSizes> further_probe_sizes(const LayerGraph& graph, const std::vector<TensorSpec>& inputs);

/// `text` with "None" in place of each number that is another one in `other`, the same text of other sizes. Where the texts
/// differ in more than numbers: nothing.
std::optional<std::string> without_probe_sizes(std::string_view text, std::string_view other);

}  // namespace keraunos::loader
