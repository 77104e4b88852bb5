// The class and the config of the model itself, as its file states them, and configs as text.
#pragma once

#include <string>

#include "keraunos/config.h"
#include "keraunos/export.h"
#include "keraunos/model.h"

namespace keraunos {

/// Class and config of the model itself.
struct KERAUNOS_API SavedConfig {
  std::string class_name;  ///< "Sequential", "Functional", or a custom class
  /// The result of Keras's get_config() when the file was written, as JSON text. "input_layers" and "output_layers" hold the
  /// structure (list, dictionary) of the inputs and outputs of Keras's predict().
  std::string config;
};

/// Class and config as the file of this model has them.
[[nodiscard]] KERAUNOS_API SavedConfig saved_config(const Model& model);

/// True where a Session keeps states from call to call: stateful layers, functions of SavedModels that assign to variables.
[[nodiscard]] KERAUNOS_API bool is_stateful(const Model& model);

/// The config of a layer that is being lowered, as JSON text: for custom layers of other languages.
[[nodiscard]] KERAUNOS_API std::string config_text(const Config& config);

}  // namespace keraunos
