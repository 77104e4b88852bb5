// The planner's debug mode. An arena shares memory between tensors whose lifetimes do not overlap; if a lifetime is computed too
// short, two tensors collide and the result is often almost right. On request, each tensor's memory is filled with NaN (0xFF
// bytes) after its lifetime, the whole arena before the first step, and a step's workspace before the step, so that a read
// outside a lifetime gives NaN.
#pragma once

#include <span>

#include "host/plan/plan.h"

namespace keraunos::host {

/// Adds these steps. `intervals` have offsets; step numbers in them count the steps before this call.
void add_poison(Plan& plan, std::span<const Interval> device, std::span<const Interval> host);

}  // namespace keraunos::host
