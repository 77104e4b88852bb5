// Reads with libhdf5, on the caller's request: LoadOptions::hdf5. Bodies: groups.cpp, attributes.cpp, datasets.cpp.
#pragma once

#include "loader/files/hdf5_backend.h"
#include "loader/files/libhdf5/driver.h"

namespace keraunos::files {

class LibraryHdf5 final : public Hdf5Backend {
 public:
  explicit LibraryHdf5(SharedBytes source);
  ~LibraryHdf5() override;

  Hdf5File::Kind kind(std::string_view path) const override;
  std::vector<std::string> children(std::string_view path) const override;
  std::vector<std::string> datasets(std::string_view path) const override;
  std::vector<std::string> attribute_names(std::string_view path) const override;
  std::optional<std::vector<std::string>> strings(std::string_view path, const std::string& name) const override;
  Hdf5File::Dataset dataset(std::string_view path) const override;
  void read(std::string_view path, std::span<std::byte> target) const override;

 private:
  /// The object at a path, following hard links only; an empty handle when there is none. Inside a LibraryScope.
  Hid find(std::string_view path) const;
  /// ModelError when there is no such object.
  Hid open(std::string_view path) const;
  std::string where(std::string_view path) const { return describe_hdf5(path, source_->name()); }

  SharedBytes source_;
  Hdf5Handle handle_;
};

}  // namespace keraunos::files
