// A virtual file driver: lets the HDF5 library read a ByteSource.
#pragma once

#include "loader/files/bytes.h"
#include "loader/files/libhdf5/library.h"

namespace keraunos::files {

/// An open file and its driver, which must be closed after the file.
struct Hdf5Handle {
  Hid driver;
  Hid file;
};

/// Opens a source for reading, inside a LibraryScope. The source must outlive the handle. ModelError when it is no valid HDF5
/// file.
Hdf5Handle open_hdf5(const ByteSource& source);

}  // namespace keraunos::files
