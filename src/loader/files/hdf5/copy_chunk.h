// Copies a chunk to its place among the elements of a dataset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace keraunos::files::hdf5 {

/// `coordinates` count chunks of `extents` elements in a dataset of `sizes` elements of `element_bytes`; elements outside the
/// dataset are skipped.
void copy_chunk(const std::vector<std::byte>& chunk, const std::vector<uint64_t>& coordinates,
                const std::vector<uint64_t>& extents, const std::vector<uint64_t>& sizes, uint64_t element_bytes,
                std::span<std::byte> target);

}  // namespace keraunos::files::hdf5
