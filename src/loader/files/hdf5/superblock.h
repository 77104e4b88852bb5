// The beginning of an HDF5 file: sizes of addresses, and where the root group lies.
#pragma once

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

/// Sets the image's base and sizes and answers the address of the root group's header. Malformed for files that are cut short,
/// left open by their writer, spread over several files, or whose metadata lie in a cache image.
uint64_t read_superblock(Image& image);

}  // namespace keraunos::files::hdf5
