// Lowering into a graph inside the graph: the body of a Loop.
#pragma once

#include <functional>

#include "host/graph/graph.h"
#include "host/graph/loop_writer.h"
#include "keraunos/layer.h"

namespace keraunos::loader {

/// Everything that `work` lowers, weights and calls of children too, goes into `body`.
void within(Lowering& l, host::Graph& body, const std::function<void()>& work);

/// A weight of the layer as saved, whatever its shape and type.
Value saved_leaf(Lowering& l, std::string_view weight);

/// A loop, or a branch, that the layer writes.
host::LoopWriter loop_writer(Lowering& l, host::LoopOptions options = {});
std::vector<Value> write_branch(Lowering& l, Value condition, std::span<const Value> operands, const host::BranchBody& then,
                                const host::BranchBody& otherwise);

}  // namespace keraunos::loader
