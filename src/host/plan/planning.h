// State shared by the stages of planning: ports, then a step for each node, then outputs and states, then the layout of memory.
// The same stages make nested plans of the graphs of loops and branches.
#pragma once

#include <memory>

#include "host/plan/buffers.h"
#include "host/plan/plan.h"
#include "host/plan/value_lives.h"

namespace keraunos::host {

struct Planning {
  Planning(const Graph& planned, DeviceRuntime& runtime, ConstantStore& constants, const PlanOptions& chosen)
      : graph(planned), device(runtime), store(constants), options(chosen), lives(planned), buffers(planned, *plan) {}
  /// For a graph inside a loop or branch.
  Planning(const Graph& inside, Planning& outside) : Planning(inside, outside.device, outside.store, outside.options) {
    around = &outside;
  }

  /// The device has its own memory, so that values are copied between it and the host.
  bool apart() const { return !device.shares_host_memory(); }
  Place place_of(const Node& node) const { return apart() ? node.place : Place::device; }

  /// The plan that a session runs: it holds the error words.
  Plan& outermost() { return around == nullptr ? *plan : around->outermost(); }

  const Graph& graph;
  DeviceRuntime& device;
  ConstantStore& store;
  const PlanOptions& options;
  const std::shared_ptr<Plan> plan = std::make_shared<Plan>();
  Planning* around = nullptr;  ///< the outer planning; null for the graph of a model
  const ValueLives lives;
  Buffers buffers;
};

/// All stages. (make_plan.cpp)
std::shared_ptr<Plan> plan_graph(Planning& planning);

/// Graph inputs, outputs and states: their types, places and slots. (ports.cpp)
void add_ports(Planning& planning);
/// Copies outputs and states that no step writes itself: inputs and constants returned unchanged, one value returned twice, text.
void finish_outputs(Planning& planning);
void finish_states(Planning& planning);

/// The slot of an operand at a place; copies the operand there if it has another place. (operands.cpp)
Slot operand_slot(Planning& planning, Value operand, Place place);

/// Asks the device about the node, prepares it, and assigns slots to its operands and results. (steps.cpp)
void add_step(Planning& planning, size_t node);

/// Plans the graphs of a loop or branch, and gives the step memory for its turns after its results. (nested.cpp)
void plan_nested(Planning& planning, const Node& node, PlannedStep& step);
void add_nested_memory(Planning& planning, PlannedStep& step);

/// Offsets of everything in the arena: intermediate results, workspace, error words, staging. (layout.cpp)
void lay_out(Planning& planning);

}  // namespace keraunos::host
