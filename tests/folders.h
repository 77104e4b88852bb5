// Where the tests find their data. One source file knows the folders, so that the compiler's cache serves the tests of every
// clone.
#pragma once

#include <filesystem>

namespace keraunos {

std::filesystem::path cases_folder();   ///< tests/cases
std::filesystem::path data_folder();    ///< tests/data
std::filesystem::path shared_folder();  ///< models, recordings and device descriptions that the repository does not hold

}  // namespace keraunos
