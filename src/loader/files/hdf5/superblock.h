// The beginning of an HDF5 file: sizes of addresses, and the address of the root group.
#pragma once

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

/// Sets the image's base and sizes and returns the address of the root group's header. Malformed for files that are truncated,
/// were not closed by their writer, consist of several files, or have a metadata cache image.
uint64_t read_superblock(Image& image);

}  // namespace keraunos::files::hdf5
