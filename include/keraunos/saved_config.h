// What a file says of the model as a whole.
#pragma once

#include <string>

#include "keraunos/export.h"
#include "keraunos/model.h"

namespace keraunos {

struct KERAUNOS_API SavedConfig {
  std::string class_name;  ///< "Sequential", "Functional", or a class of the user's
  /// What Keras's get_config() gave when the file was written, as JSON text. "input_layers" and "output_layers" hold the
  /// structure (list, dictionary) that predict() takes and answers in Keras.
  std::string config;
};

[[nodiscard]] KERAUNOS_API SavedConfig saved_config(const Model& model);

}  // namespace keraunos
