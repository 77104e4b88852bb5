// What the CPU device takes, how well, and where results may lie over operands.
#pragma once

#include "host/run/device.h"
#include "kernels/cpu/cpu.h"

namespace keraunos::cpu {

host::Verdict judge(const Cpu& cpu, const host::Graph& graph, const host::Node& node);

/// Whether the step reads operand `index` no later than it writes the same element.
bool may_overwrite(const host::Graph& graph, const host::Node& node, int index);

}  // namespace keraunos::cpu
