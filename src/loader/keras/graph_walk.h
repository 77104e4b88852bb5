// The walk through a model's calls, from its outputs back, with which every Keras version begins.
#pragma once

#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct GraphWalk {
  /// By call: the calls whose results are its arguments, positional arguments first, then keywords by name.
  std::vector<std::vector<int>> needs;
  std::vector<int> met;       ///< calls that an output needs, in the order in which the walk reaches them
  std::vector<int> finished;  ///< the same, each after the calls it needs
};

GraphWalk walk(const Network& network);

}  // namespace keraunos::loader
