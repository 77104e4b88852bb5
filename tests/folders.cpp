#include "folders.h"

namespace keraunos {

std::filesystem::path cases_folder() { return KERAUNOS_CASES; }
std::filesystem::path data_folder() { return KERAUNOS_TEST_DATA; }
std::filesystem::path shared_folder() { return KERAUNOS_SHARED; }

}  // namespace keraunos
