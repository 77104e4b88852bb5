// What recorded cases need registered: their case.json says so in words.
#pragma once

#include "keraunos/model.h"

namespace keraunos {

/// Shop>Wobble: y = amplitude · x + sin(frequency · x); config: frequency; one weight amplitude (features). Its sine runs in a Kernel of
/// its own, with a body for the CPU.
CustomObjects case_objects();

}  // namespace keraunos
