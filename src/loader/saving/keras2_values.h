// Converts values in configs of Keras 1 or 2 to arguments of Keras 3's constructors: initialisers, policies, activations,
// functions.
#pragma once

#include <functional>
#include <string>

#include "loader/files/json.h"
#include "loader/layers/common/config_changes.h"

namespace keraunos::loader {

/// Writes the object of a layer inside a config ("layer", "cell", an activation that is a layer); all other values are written
/// here.
using LayerObject = std::function<files::Json(const files::Json& layer)>;

/// {"module", "class_name", "config", "registered_name"}, Keras 3's form of serialised objects.
files::Json serialised(std::string module, std::string class_name, files::Json config);

/// A layer's config for Keras 3. Keys that Keras 3 does not have are dropped where their value has no effect; the others are left
/// to the layer's LayerTraits::config_to_keras3. ConversionError, with the reason for the UnsupportedError, where a value has no
/// counterpart.
files::Json keras3_values(const files::Json& config, const LayerObject& layer_object);

}  // namespace keraunos::loader
