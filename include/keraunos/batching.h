// What a server has to know before it computes the rows of several callers together.
#pragma once

#include <span>

#include "keraunos/export.h"
#include "keraunos/model.h"

namespace keraunos {

/// With inputs of these dims each row of each output depends on the same row of the inputs alone: rows of different callers may
/// be computed in one call. False for stateful models. UsageError where the dims do not fit the model's inputs.
[[nodiscard]] KERAUNOS_API bool rows_are_independent(const Model& model, std::span<const Dims> inputs);

}  // namespace keraunos
