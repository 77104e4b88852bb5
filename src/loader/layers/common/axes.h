// Axes in configs: an integer or a list, negative or not.
#pragma once

#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// config[key] as ascending axes of a tensor of that rank; `otherwise` when the key is missing. Keras 3 writes an integer, Keras
/// 2 a list. ModelError for an axis that does not exist or is there twice.
std::vector<int> axes_of(const Config& config, std::string_view key, int rank, int otherwise);

/// One axis counted from the front.
int axis_of(const Config& config, std::string_view key, int rank, int otherwise);

/// All axes of `rank` that are not in `axes` (ascending).
std::vector<int> other_axes(int rank, const std::vector<int>& axes);

/// Extents of x at `axes` only.
Shape extents_at(const Builder& l, Value x, const std::vector<int>& axes);

/// The shape of x with 1 at all axes but `axes`: a vector over these axes is reshaped to it.
Shape broadcast_at(const Builder& l, Value x, const std::vector<int>& axes);

}  // namespace keraunos::loader
