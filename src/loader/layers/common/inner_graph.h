// Lowering into a nested graph: the body of a Loop.
#pragma once

#include <functional>

#include "host/graph/graph.h"
#include "host/graph/loop_writer.h"
#include "keraunos/layer.h"

namespace keraunos::loader {

/// Everything that `work` lowers, including weights and calls of children, goes into `body`.
void within(Lowering& l, host::Graph& body, const std::function<void()>& work);

/// A weight of the layer as saved, whatever its shape and type.
Value saved_leaf(Lowering& l, std::string_view weight);

/// A writer of a loop, or of a branch, for the layer.
host::LoopWriter loop_writer(Lowering& l, host::LoopOptions options = {});
std::vector<Value> write_branch(Lowering& l, Value condition, std::span<const Value> operands, const host::BranchBody& then,
                                const host::BranchBody& otherwise);

}  // namespace keraunos::loader
