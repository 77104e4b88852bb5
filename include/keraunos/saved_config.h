// The class and the config of the model itself, as its file states them.
#pragma once

#include <string>

#include "keraunos/export.h"
#include "keraunos/model.h"

namespace keraunos {

struct KERAUNOS_API SavedConfig {
  std::string class_name;  ///< "Sequential", "Functional", or a custom class
  /// The result of Keras's get_config() when the file was written, as JSON text. "input_layers" and "output_layers" hold the
  /// structure (list, dictionary) of the inputs and outputs of Keras's predict().
  std::string config;
};

[[nodiscard]] KERAUNOS_API SavedConfig saved_config(const Model& model);

}  // namespace keraunos
