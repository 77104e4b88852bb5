// Values of a config of Keras 1 or 2 as the constructors of Keras 3 take them: initialisers, policies, activations, functions.
#pragma once

#include <functional>
#include <string>

#include "loader/files/json.h"
#include "loader/layers/common/config_changes.h"

namespace keraunos::loader {

/// The object of a layer inside a config ("layer", "cell", an activation that is a layer); it writes layers, this file all else.
using LayerObject = std::function<files::Json(const files::Json& layer)>;

/// {"module", "class_name", "config", "registered_name"}, as Keras 3 serialises.
files::Json serialised(std::string module, std::string class_name, files::Json config);

/// A layer's config for Keras 3. Keys that Keras 3 does not know are left out where their value changes nothing. What is left is
/// for the layer's own LayerTraits::config_to_keras3. UnsupportedError's reason where a value has no counterpart:
/// ConversionError.
files::Json keras3_values(const files::Json& config, const LayerObject& layer_object);

}  // namespace keraunos::loader
