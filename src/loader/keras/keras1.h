// Keras 1 named its classes and arguments otherwise; its configs are rewritten into those of Keras 2 before anything reads them.
#pragma once

#include "loader/files/json.h"

namespace keraunos::loader {

/// Some layer has an argument that only Keras 1 had.
bool looks_like_keras1(const files::Json& model_config);

files::Json as_keras2(const files::Json& model_config);

}  // namespace keraunos::loader
