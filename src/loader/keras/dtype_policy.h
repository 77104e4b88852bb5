// Keras's dtype policies: the dtypes of a layer's computations and variables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keraunos/dtype.h"
#include "loader/files/json.h"

namespace keraunos::loader {

struct DtypePolicy {
  std::string name = "float32";
  DType compute = DType::float32;
  DType variable = DType::float32;
};

/// "float32", "bool", "half"; absent for a name that is no dtype of tensors.
std::optional<DType> dtype_named(std::string_view name);

/// A layer's "dtype": a name ("float32", "mixed_float16", "int8_from_float32"), a policy object, or nothing. ModelError for
/// anything else.
DtypePolicy parse_policy(const files::Json* json, const std::string& where);

}  // namespace keraunos::loader
