// Keras's table of layers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// As the Keras that wrote the file prints it: a table of names and classes, output shapes and parameters.
/// `shapes` are the layers' outputs by path.
std::string summary(const LayerGraph& graph, const std::map<std::string, std::vector<Shape>>& shapes, int width);

}  // namespace keraunos::loader
