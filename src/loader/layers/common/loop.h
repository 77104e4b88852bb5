// Lowering::loop.
#pragma once

#include <functional>

#include "keraunos/layer.h"

namespace keraunos::loader {

LoopResults write_loop(Lowering& l, const LoopOperands& operands, const std::function<LoopResults(const LoopStep&)>& step);

}  // namespace keraunos::loader
