// Changes to HDF5 files that tests make.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keraunos::hdf5 {

/// The bytes of a file without the object at `path`.
std::string without(const std::string& bytes, const std::string& path);
/// With the dataset at `path` replaced by float32 zeros of this shape.
std::string with_shape(const std::string& bytes, const std::string& path, const std::vector<int64_t>& shape);
/// With the dataset at `path` replaced by a string.
std::string with_text(const std::string& bytes, const std::string& path);
/// With the text of an existing root attribute replaced.
std::string with_attribute(const std::string& bytes, const std::string& name, const std::string& text);
/// A new file with one group, "stuff".
std::string of_somebody_else();

}  // namespace keraunos::hdf5
