// The inside of Hdf5File, shared by its bodies: hdf5.cpp (groups), hdf5_attributes.cpp, hdf5_datasets.cpp.
#pragma once

#include "loader/files/hdf5.h"
#include "loader/files/hdf5_driver.h"

namespace keraunos::files {

struct Hdf5File::State {
  explicit State(SharedBytes bytes);
  ~State();

  /// The object at a path, following hard links alone; an empty handle when there is none. Inside a LibraryScope.
  Hid find(std::string_view path) const;
  /// ModelError when there is none.
  Hid open(std::string_view path) const;
  /// "'/model_weights/dense' of 'model.h5'".
  std::string where(std::string_view path) const;

  SharedBytes source;
  Hdf5Handle handle;
};

}  // namespace keraunos::files
