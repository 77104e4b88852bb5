// Writing an HDF5 file in memory, by the HDF5 library. Its bytes depend on the calls alone: no times are kept.
#pragma once

#include <string>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::files {

/// A text attribute of a group.
struct Hdf5Attribute {
  std::string name, value;
};

/// An array of the file. Groups of its path are made where they do not exist.
struct Hdf5Dataset {
  std::string path;  ///< "layers/dense/vars/0"
  TensorView values;
};

struct Hdf5Group {
  std::string path;
  std::vector<Hdf5Attribute> attributes{};
};

/// The bytes of a file with these groups, then these datasets, each contiguous. bfloat16 is written as h5py does, as two opaque
/// bytes with the attribute dtype="bfloat16". UsageError for strings and where two datasets have one path.
std::vector<std::byte> hdf5_bytes(const std::vector<Hdf5Group>& groups, const std::vector<Hdf5Dataset>& datasets);

}  // namespace keraunos::files
