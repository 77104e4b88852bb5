// Finds the model in a version folder.
#pragma once

#include <filesystem>
#include <string>

namespace keraunos::triton {

/// `name` is the configuration's default_model_filename. If it is empty, the model is the folder itself (a SavedModel or an
/// unpacked .keras archive) or the only model in it (.keras, .h5, .hdf5 or a SavedModel folder). ModelError if there is none,
/// or more than one.
std::filesystem::path model_file(const std::filesystem::path& version_folder, const std::string& name);

}  // namespace keraunos::triton
