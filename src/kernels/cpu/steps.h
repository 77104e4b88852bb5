// The arguments of an operation's functions on the CPU. Each operation has two functions, in one file of this folder:
//   host::Verdict support(const Query&, const host::Softmax&);
//   StepPointer make_step(const Task&, const host::Softmax&);
#pragma once

#include <memory>

#include "host/run/device.h"
#include "kernels/cpu/cpu.h"

namespace keraunos::cpu {

using StepPointer = std::unique_ptr<host::Step>;

/// The node of a support query.
struct Query : host::NodeView {
  const Cpu& cpu;
};

/// A node that is prepared: constants are packed and kernels chosen.
struct Task : Query {
  host::Constants& constants;
};

}  // namespace keraunos::cpu
