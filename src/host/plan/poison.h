// The planner's debug mode. An arena shares memory between tensors whose lives do not overlap; where a life was thought too
// short, two numbers meet and the result is often almost right. So, when asked for, each tensor's memory becomes NaN (0xFF bytes)
// once its life is over, the whole arena before the first step, and a step's workspace before the step: whoever reads too late or
// too early gets NaN.
#pragma once

#include <span>

#include "host/plan/plan.h"

namespace keraunos::host {

/// Adds the steps that do so. `intervals` are laid out; step numbers in them count the steps that are there now.
void add_poison(Plan& plan, std::span<const Interval> device, std::span<const Interval> host);

}  // namespace keraunos::host
