// A plan's description as JSON, for programs.
#pragma once

#include "keraunos/plan.h"
#include "loader/files/json.h"

namespace keraunos::loader {

/// The object that to_json() writes.
files::Json plan_json(const PlanDescription& plan);

}  // namespace keraunos::loader
