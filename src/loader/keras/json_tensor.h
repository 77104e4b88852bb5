// Arrays inside JSON: nested lists of numbers, booleans or strings.
#pragma once

#include <memory>
#include <optional>

#include "keraunos/tensor.h"
#include "loader/files/json.h"

namespace keraunos::loader {

/// A tensor of nested lists (or one value). Without a dtype: Python's default (int32, float32, bool, string). ModelError where
/// the lists are ragged or mixed.
std::shared_ptr<const Tensor> tensor_of_json(const files::Json& value, std::optional<DType> dtype, const std::string& where);

}  // namespace keraunos::loader
