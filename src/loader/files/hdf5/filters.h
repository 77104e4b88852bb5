// Reverses the filters of a chunk.
#pragma once

#include "loader/files/hdf5/layout.h"

namespace keraunos::files::hdf5 {

/// Malformed for filters other than deflate, shuffle and fletcher32, and for one that occurs twice.
void check_filters(const std::vector<Filter>& filters);
/// The `chunk_bytes` bytes before filtering. Bit i of `mask` means that filter i was not applied. Malformed when a checksum or
/// size is wrong.
std::vector<std::byte> unfiltered(std::vector<std::byte> stored, const std::vector<Filter>& filters, uint32_t mask,
                                  uint64_t chunk_bytes);

}  // namespace keraunos::files::hdf5
