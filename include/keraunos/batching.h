// Tells a server whether it may compute the rows of several callers in one call.
#pragma once

#include <span>

#include "keraunos/export.h"
#include "keraunos/model.h"

namespace keraunos {

/// True if, for inputs of these dims, each row of each output depends only on the same row of the inputs: then rows of
/// different callers may be computed in one call. False for stateful models. UsageError if the dims do not fit the model's
/// inputs.
[[nodiscard]] KERAUNOS_API bool rows_are_independent(const Model& model, std::span<const Dims> inputs);

}  // namespace keraunos
