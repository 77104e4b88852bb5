// Reads a shape from the protobuf message TensorShapeProto: 2 dim {1 size}, 3 unknown_rank.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keraunos::loader {

/// The extents; an unknown one is negative. Absent where the rank is unknown. ModelError where the message is damaged.
std::optional<std::vector<int64_t>> sizes_of_shape(std::string_view message, const std::string& where);

}  // namespace keraunos::loader
