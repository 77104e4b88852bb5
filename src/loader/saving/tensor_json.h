// An array inside a config, as Keras 3 writes it.
#pragma once

#include "keraunos/tensor.h"
#include "loader/files/json.h"

namespace keraunos::loader {

/// {"class_name": "__tensor__", "config": {"value": nested lists, "dtype": …}}.
files::Json tensor_json(const Tensor& tensor);

}  // namespace keraunos::loader
