// Writes an HDF5 file in memory with the HDF5 library. Its bytes depend on the calls only, because no times are stored.
#pragma once

#include <string>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::files {

/// A text attribute of a group.
struct Hdf5Attribute {
  std::string name, value;
};

/// An array of the file. Missing groups of its path are created.
struct Hdf5Dataset {
  std::string path;  ///< "layers/dense/vars/0"
  TensorView values;
};

struct Hdf5Group {
  std::string path;
  std::vector<Hdf5Attribute> attributes{};
};

/// The bytes of a file with these groups, then these datasets, each contiguous. bfloat16 is written as in h5py, as two opaque
/// bytes with the attribute dtype="bfloat16". UsageError for strings and where two datasets have one path.
std::vector<std::byte> hdf5_bytes(const std::vector<Hdf5Group>& groups, const std::vector<Hdf5Dataset>& datasets);

}  // namespace keraunos::files
