// The step that runs the parts of a convolution.
#pragma once

#include "kernels/cpu/onednn/geometry.h"
#include "kernels/cpu/steps.h"

namespace keraunos::cpu::onednn {

/// Operands: input, kernel, then those of the epilogue, which our own code computes with our precision. Null where oneDNN is not
/// worth it or does not support the convolution.
StepPointer make_step(const Task& task, const Geometry& geometry, const host::Program& epilogue);

}  // namespace keraunos::cpu::onednn
