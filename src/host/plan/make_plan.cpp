// Makes a plan of a graph. Reshapes need no step: their result is another name of the same buffer. Every other result gets a
// slot: the graph output's memory, or an interval of an arena. On a device with its own memory the operands of nodes on the host
// are copied to the host.
#include "host/plan/planning.h"

namespace keraunos::host {

std::shared_ptr<Plan> plan_graph(Planning& planning) {
  const Graph& graph = planning.graph;
  planning.plan->notes = graph.notes;
  planning.plan->step_bytes = planning.device.costs().step_bytes;
  add_ports(planning);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!traits_of(graph.nodes[i].op).is_view) add_step(planning, i);
  }
  finish_outputs(planning);
  finish_states(planning);
  lay_out(planning);
  planning.plan->pending = graph.pending;
  return planning.plan;
}

std::shared_ptr<const Plan> make_plan(const Graph& graph, DeviceRuntime& device, ConstantStore& store,
                                      const PlanOptions& options) {
  Planning planning(graph, device, store, options);
  return plan_graph(planning);
}

}  // namespace keraunos::host
