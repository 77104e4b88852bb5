// The implementation of Hdf5File: the strict reader (hdf5/) or libhdf5 (libhdf5/).
#pragma once

#include "loader/files/hdf5.h"

namespace keraunos::files {

/// The methods of Hdf5File of the same names; any thread may call them.
class Hdf5Backend {
 public:
  Hdf5Backend() = default;
  Hdf5Backend(const Hdf5Backend&) = delete;
  Hdf5Backend& operator=(const Hdf5Backend&) = delete;
  virtual ~Hdf5Backend() = default;

  virtual Hdf5File::Kind kind(std::string_view path) const = 0;
  virtual std::vector<std::string> children(std::string_view path) const = 0;
  virtual std::vector<std::string> datasets(std::string_view path) const = 0;
  virtual std::vector<std::string> attribute_names(std::string_view path) const = 0;
  /// The strings of one attribute, without joining parts; nullopt when there is no such attribute.
  virtual std::optional<std::vector<std::string>> strings(std::string_view path, const std::string& name) const = 0;
  virtual Hdf5File::Dataset dataset(std::string_view path) const = 0;
  /// `target` must have dataset(path).bytes; booleans may have any bits.
  virtual void read(std::string_view path, std::span<std::byte> target) const = 0;
};

std::unique_ptr<Hdf5Backend> open_strict_hdf5(const SharedBytes& source);
std::unique_ptr<Hdf5Backend> open_library_hdf5(const SharedBytes& source);

/// "'/model_weights/dense' of 'model.h5'".
std::string describe_hdf5(std::string_view path, const std::string& file);
/// The parts of a path between slashes.
std::vector<std::string> components_of(std::string_view path);

}  // namespace keraunos::files
