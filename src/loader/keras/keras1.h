// Keras 1 used other names for classes and arguments; its configs are rewritten to those of Keras 2 before they are read.
#pragma once

#include "loader/files/json.h"

namespace keraunos::loader {

/// True when some layer has an argument that only Keras 1 had.
bool looks_like_keras1(const files::Json& model_config);

files::Json as_keras2(const files::Json& model_config);

}  // namespace keraunos::loader
