// Writes a model of any Keras version as the config.json of a Keras 3 `.keras` archive.
#pragma once

#include <map>
#include <string>

#include "loader/keras/layer_graph.h"
#include "loader/keras/lowerer.h"

namespace keraunos::loader {

/// The results of each layer's last call, by the layer's path.
using ShownOutputs = std::map<std::string, LayerOutputs>;

/// The object of the whole model. UnsupportedError lists the layers that have no counterpart in Keras 3.
files::Json keras3_model(const LayerGraph& graph, const ShownOutputs& outputs);

/// The class of a layer in Keras 3, after which archives name its group.
std::string class_in_keras3(const LayerInstance& layer);

/// A layer's name in the form that Keras 3 accepts: without '/'.
std::string name_in_keras3(std::string name);

}  // namespace keraunos::loader
