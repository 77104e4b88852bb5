// The two checksums of HDF5: Jenkins's lookup3 for its newer metadata, Fletcher's for chunks (filter 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keraunos::files::hdf5 {

uint32_t metadata_checksum(std::span<const std::byte> bytes);
uint32_t fletcher32_of(std::span<const std::byte> bytes);

}  // namespace keraunos::files::hdf5
