// B-trees of version 2: the index of fractal heaps, dense attributes and chunks.
#pragma once

#include <functional>

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

/// Calls `visit` with every record in order. Malformed when the tree has another type, or its counts are wrong.
void for_each_record(const Image& image, uint64_t address, uint8_t type, const std::function<void(Cursor)>& take);

/// The number of bytes in which the format stores numbers up to `most`.
int bytes_for(uint64_t most);

}  // namespace keraunos::files::hdf5
