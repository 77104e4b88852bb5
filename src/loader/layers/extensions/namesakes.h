// Classes of other libraries that are named like classes of Keras.
#pragma once

#include <string>
#include <string_view>

#include "loader/files/json.h"

namespace keraunos::loader {

/// The library whose class a layer is, by the keys of its config; empty for Keras's own. HDF5 files of Keras 2 state no module.
std::string library_of_namesake(std::string_view class_name, const files::Json& config);

}  // namespace keraunos::loader
