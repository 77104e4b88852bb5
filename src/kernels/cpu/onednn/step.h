// The step that runs a convolution's parts.
#pragma once

#include "kernels/cpu/onednn/geometry.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu::onednn {

/// Operands: input, kernel, then those of the epilogue, which is ours: its functions have our precision. None where oneDNN is not
/// worth it or cannot do this.
StepPointer make_step(const Task& task, const Geometry& geometry, const host::Program& epilogue);

}  // namespace keraunos::cpu::onednn
