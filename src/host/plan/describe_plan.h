// Converts a plan to its public description.
#pragma once

#include "host/plan/plan.h"
#include "keraunos/plan.h"

namespace keraunos::host {

/// Everything but what only the model knows: the device, names, and how a batch is cut.
PlanDescription describe(const Plan& plan);

}  // namespace keraunos::host
