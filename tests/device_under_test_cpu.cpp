#include "device_under_test.h"

namespace keraunos {
Device device_under_test() { return {}; }
}  // namespace keraunos
