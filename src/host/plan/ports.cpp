#include <algorithm>

#include "host/plan/planning.h"

namespace keraunos::host {
namespace {

// On a device with its own memory, an input stays on the host when only nodes on the host read it.
bool is_read_on_host_only(const Planning& planning, Value input) {
  const Graph& graph = planning.graph;
  const ValueLives& lives = planning.lives;
  if (graph.info(input).dtype == DType::string) return true;
  bool any = false;
  for (const Node& node : graph.nodes) {
    for (Value v : node.in) {
      if (!v || lives.root(v) != input.id || traits_of(node.op).is_view) continue;
      if (node.place == Place::device) return false;
      any = true;
    }
  }
  return any && std::none_of(graph.outputs.begin(), graph.outputs.end(), [&](Value v) { return lives.root(v) == input.id; });
}

}  // namespace

void add_ports(Planning& planning) {
  const Graph& graph = planning.graph;
  Plan& plan = *planning.plan;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const Value v = graph.inputs[i];
    const bool may_stay = planning.apart() && planning.around == nullptr;
    const Place place = may_stay && is_read_on_host_only(planning, v) ? Place::host : Place::device;
    plan.inputs.push_back({type_of(graph.info(v)), place, 0});
    planning.buffers.at(v.id, place) = {.slot = {.kind = Slot::input, .index = static_cast<int>(i)}, .made = true};
  }
  for (size_t i = 0; i < graph.states.size(); ++i) {
    const State& state = graph.states[i];
    plan.states.push_back({state.name, type_of(graph.info(state.before))});
    planning.buffers.at(state.before.id, Place::device) = {.slot = {.kind = Slot::state, .index = static_cast<int>(i)},
                                                           .made = true};
  }
  for (Value v : graph.outputs) {
    const bool text = planning.apart() && graph.info(v).dtype == DType::string;
    plan.outputs.push_back({type_of(graph.info(v)), text ? Place::host : Place::device, 0});
  }
}

void finish_outputs(Planning& planning) {
  const Graph& graph = planning.graph;
  for (size_t i = 0; i < graph.outputs.size(); ++i) {
    const int root = planning.lives.root(graph.outputs[i]);
    const Place place = planning.plan->outputs[i].place;
    const Slot target{.kind = Slot::output, .index = static_cast<int>(i)};
    if (planning.buffers.at(root, place).made && planning.buffers.at(root, place).slot == target) continue;
    const Slot from = operand_slot(planning, graph.outputs[i], place);
    planning.plan->steps.push_back({.kind = place == Place::host ? PlannedStep::copy_on_host : PlannedStep::copy,
                                    .in = {from},
                                    .out = {target},
                                    .in_types = {planning.plan->outputs[i].type},
                                    .out_types = {planning.plan->outputs[i].type},
                                    .bytes = bytes_of(planning.plan->outputs[i].type),
                                    .bytes_read = bytes_of(planning.plan->outputs[i].type),
                                    .text = "copy to output " + std::to_string(i)});
  }
}

void finish_states(Planning& planning) {
  const Graph& graph = planning.graph;
  for (size_t i = 0; i < graph.states.size(); ++i) {
    if (!graph.states[i].after) continue;
    const Slot from = operand_slot(planning, graph.states[i].after, Place::device);
    planning.plan->steps.push_back({.kind = PlannedStep::copy,
                                    .in = {from},
                                    .out = {{.kind = Slot::state, .index = static_cast<int>(i)}},
                                    .in_types = {planning.plan->states[i].type},
                                    .out_types = {planning.plan->states[i].type},
                                    .bytes = bytes_of(planning.plan->states[i].type),
                                    .bytes_read = bytes_of(planning.plan->states[i].type),
                                    .text = "keep state " + graph.states[i].name});
  }
}

}  // namespace keraunos::host
