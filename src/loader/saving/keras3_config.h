// A model of any Keras as the config that Keras 3 writes in config.json of a `.keras` archive.
#pragma once

#include <map>
#include <string>

#include "loader/keras/layer_graph.h"
#include "loader/keras/lowerer.h"

namespace keraunos::loader {

/// What each layer's last call gives, by the layer's path.
using ShownOutputs = std::map<std::string, LayerOutputs>;

/// The object of the whole model. UnsupportedError lists the layers that Keras 3 has no counterpart of.
files::Json keras3_model(const LayerGraph& graph, const ShownOutputs& outputs);

/// The class of a layer in Keras 3, by which archives name its group.
std::string class_in_keras3(const LayerInstance& layer);

/// A layer's name as Keras 3 takes it: without '/'.
std::string name_in_keras3(std::string name);

}  // namespace keraunos::loader
