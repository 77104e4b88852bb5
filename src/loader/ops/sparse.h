// Sparse tensors of TensorFlow: indices (count, axes), values (count) and a shape (axes).
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// Refuses the layer where `indices` are not int64 of shape (count, axes).
void require_indices(OperationCall& call, Value indices, size_t axes);

/// The tensors of a list, each with its own dtype.
std::vector<Value> listed_tensors(OperationCall& call, size_t parameter);

}  // namespace keraunos::loader
