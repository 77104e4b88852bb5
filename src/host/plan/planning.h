// What the stages of planning share: ports, then a step for each node, then outputs and states, then the layout of memory. The
// graphs of loops and branches are planned by the same stages, as plans of their own.
#pragma once

#include <memory>

#include "host/plan/buffers.h"
#include "host/plan/plan.h"
#include "host/plan/value_lives.h"

namespace keraunos::host {

struct Planning {
  Planning(const Graph& planned, DeviceRuntime& runtime, ConstantStore& constants, const PlanOptions& chosen)
      : graph(planned), device(runtime), store(constants), options(chosen), lives(planned), buffers(planned, *plan) {}
  /// Of a graph inside a loop or branch.
  Planning(const Graph& inside, Planning& outside) : Planning(inside, outside.device, outside.store, outside.options) {
    around = &outside;
  }

  /// The device has memory of its own, so that values are copied between it and the host.
  bool apart() const { return !device.shares_host_memory(); }
  Place place_of(const Node& node) const { return apart() ? node.place : Place::device; }

  /// The plan that is run: it has the error words.
  Plan& outermost() { return around == nullptr ? *plan : around->outermost(); }

  const Graph& graph;
  DeviceRuntime& device;
  ConstantStore& store;
  const PlanOptions& options;
  const std::shared_ptr<Plan> plan = std::make_shared<Plan>();
  Planning* around = nullptr;  ///< null for the graph of a model
  const ValueLives lives;
  Buffers buffers;
};

/// All stages. (make_plan.cpp)
std::shared_ptr<Plan> plan_graph(Planning& planning);

/// Graph inputs, outputs and states: their types and places, and the slots of inputs and states. (ports.cpp)
void add_ports(Planning& planning);
/// Copies outputs and states that no step writes itself: inputs and constants handed through, one value returned twice, text.
void finish_outputs(Planning& planning);
void finish_states(Planning& planning);

/// The slot of an operand at a place, copied there when it lies elsewhere. (operands.cpp)
Slot operand_slot(Planning& planning, Value operand, Place place);

/// Asks the device about the node, prepares it, and gives its operands and results their slots. (steps.cpp)
void add_step(Planning& planning, size_t node);

/// Plans the graphs of a loop or branch, and gives the step memory for its turns, behind its results. (nested.cpp)
void plan_nested(Planning& planning, const Node& node, PlannedStep& step);
void add_nested_memory(Planning& planning, PlannedStep& step);

/// Offsets of everything in the arena: intermediate results, workspace, error words, staging. (layout.cpp)
void lay_out(Planning& planning);

}  // namespace keraunos::host
