// Which file of a version folder holds the model.
#pragma once

#include <filesystem>
#include <string>

namespace keraunos::triton {

/// `name`: the configuration's default_model_filename; empty: the folder itself where it is a SavedModel or an unpacked .keras
/// archive, else the one model in it (.keras, .h5, .hdf5, a SavedModel folder). ModelError where there is none, or several.
std::filesystem::path model_file(const std::filesystem::path& version_folder, const std::string& name);

}  // namespace keraunos::triton
