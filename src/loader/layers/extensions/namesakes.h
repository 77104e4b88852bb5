// Classes of other libraries with the names of Keras classes.
#pragma once

#include <string>
#include <string_view>

#include "loader/files/json.h"

namespace keraunos::loader {

/// The library of a layer's class, by the keys of its config; empty for Keras's own. HDF5 files of Keras 2 state no module.
std::string library_of_namesake(std::string_view class_name, const files::Json& config);

}  // namespace keraunos::loader
