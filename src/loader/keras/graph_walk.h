// The walk through the calls of a model that every Keras begins with, from its outputs back.
#pragma once

#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

struct GraphWalk {
  std::vector<std::vector<int>>
      needs;             ///< of each call: those whose results it is given, positional arguments first, then keywords by name
  std::vector<int> met;  ///< calls that some output needs, as the walk comes upon them
  std::vector<int> finished;  ///< the same, each behind what it needs
};

GraphWalk walk(const Network& network);

}  // namespace keraunos::loader
