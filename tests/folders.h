// The folders of the tests' data. Only one source file contains their paths, so that the compiler's cache is shared by all
// clones.
#pragma once

#include <filesystem>

namespace keraunos {

std::filesystem::path cases_folder();   ///< tests/cases
std::filesystem::path data_folder();    ///< tests/data
std::filesystem::path shared_folder();  ///< models, recordings and device descriptions that are not in the repository

}  // namespace keraunos
