// An array inside a config in the form of Keras 3.
#pragma once

#include "keraunos/tensor.h"
#include "loader/files/json.h"

namespace keraunos::loader {

/// {"class_name": "__tensor__", "config": {"value": nested lists, "dtype": …}}.
files::Json tensor_json(const Tensor& tensor);

}  // namespace keraunos::loader
