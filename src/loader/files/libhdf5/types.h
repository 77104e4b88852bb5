// The DType of an HDF5 dataset's elements.
#pragma once

#include <string>

#include "keraunos/dtype.h"
#include "loader/files/libhdf5/library.h"

namespace keraunos::files {

struct ElementType {
  DType dtype = DType::float32;
  bool is_big_endian = false;
  Hid file_type;
};

/// ModelError when the elements have no DType. Inside a LibraryScope.
ElementType element_type(const Hid& dataset, const std::string& where);

}  // namespace keraunos::files
