#include "keraunos.h"

namespace {

// Defined by CMake: the version of the project.
static_assert(KERAUNOS_VERSION_MAJOR == KERAUNOS_PROJECT_MAJOR && KERAUNOS_VERSION_MINOR == KERAUNOS_PROJECT_MINOR &&
                  KERAUNOS_VERSION_PATCH == KERAUNOS_PROJECT_PATCH,
              "include/keraunos.h states another version than CMakeLists.txt");

}  // namespace

int32_t keraunos_abi_version(void) { return KERAUNOS_ABI_VERSION; }
const char* keraunos_version(void) { return KERAUNOS_PROJECT_VERSION; }
