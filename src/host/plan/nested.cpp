#include "host/plan/nested.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/plan/planning.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void refuse_text(const Planning& planning, const Node& node) {
  if (!planning.apart() || !NodeView{planning.graph, node}.holds_text()) return;
  throw DeviceError("layer \"" + node.origin + "\": " + planning.device.name() + " cannot run loops and branches over strings");
}

// Fills results with NaN, so that a result which no turn wrote is noticed.
void poison_outputs(Plan& plan) {
  std::vector<PlannedStep> first;
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    first.push_back({.kind = PlannedStep::poison,
                     .out = {{.kind = Slot::output, .index = static_cast<int>(i)}},
                     .bytes = bytes_of(plan.outputs[i].type),
                     .text = "poison"});
  }
  plan.steps.insert(plan.steps.begin(), std::make_move_iterator(first.begin()), std::make_move_iterator(first.end()));
}

std::shared_ptr<const Plan> plan_inside(Planning& around, const Graph& graph) {
  Planning planning(graph, around);
  std::shared_ptr<Plan> plan = plan_graph(planning);
  around.plan->notes.insert(around.plan->notes.end(), plan->notes.begin(), plan->notes.end());
  around.plan->constant_bytes += plan->constant_bytes;
  around.plan->buffer_bytes = checked_add(around.plan->buffer_bytes, plan->buffer_bytes);
  if (around.options.poison) poison_outputs(*plan);
  return plan;
}

std::shared_ptr<NestedPlans> plans_of(Planning& planning, const Node& node, const Loop& loop) {
  auto nested = std::make_shared<NestedPlans>(NestedPlans{.first = plan_inside(planning, *loop.body),
                                                          .backwards = loop.backwards,
                                                          .carried = static_cast<size_t>(loop.carried),
                                                          .sliced = static_cast<size_t>(loop.sliced),
                                                          .stacked = static_cast<size_t>(loop.stacked),
                                                          .steps = loop.most_steps({planning.graph, node})});
  if (loop.condition != nullptr) nested->second = plan_inside(planning, *loop.condition);
  for (size_t i = 0; i < nested->carried + nested->sliced; ++i) nested->bytes.push_back(bytes_of(nested->first->inputs[i].type));
  for (size_t i = 0; i < nested->stacked; ++i)
    nested->bytes.push_back(bytes_of(nested->first->outputs[nested->carried + i].type));
  return nested;
}

std::shared_ptr<NestedPlans> plans_of(Planning& planning, const Node&, const Branch& branch) {
  return std::make_shared<NestedPlans>(NestedPlans{
      .first = plan_inside(planning, *branch.then), .second = plan_inside(planning, *branch.otherwise), .is_loop = false});
}

std::string text_of(const NestedPlans& nested, bool apart) {
  const std::string reads = apart ? ", read back each time" : "";
  if (!nested.is_loop) return "branch, by a condition" + std::string(apart ? ", read back" : "");
  if (nested.second == nullptr) return "loop of " + std::to_string(*nested.steps) + " steps";
  return "loop" + (nested.steps ? " of at most " + std::to_string(*nested.steps) + " steps" : std::string()) +
         ", by a condition" + reads;
}

}  // namespace

void plan_nested(Planning& planning, const Node& node, PlannedStep& step) {
  refuse_text(planning, node);
  const auto plan = [&]<class Own>(const Own& op) -> std::shared_ptr<const NestedPlans> {
    if constexpr (Own::traits.is_nested) return plans_of(planning, node, op);
    throw InternalError("an operation without graphs is planned as one with graphs");
  };
  step.nested = std::visit(plan, node.op);
  step.kind = step.nested->is_loop ? PlannedStep::loop : PlannedStep::branch;
  step.text = text_of(*step.nested, planning.apart());
  if (!planning.apart() || !step.nested->is_conditional()) return;
  planning.outermost().waits = true;
  planning.plan->notes.push_back({node.origin, "a condition is read back from the GPU, so that calls are enqueued step by step"});
}

void add_nested_memory(Planning& planning, PlannedStep& step) {
  const NestedPlans& nested = *step.nested;
  const auto add = [&](int64_t bytes, Place place) { step.out.push_back(planning.buffers.fresh(bytes, place).slot); };
  for (size_t i = 0; i < nested.carried; ++i) add(nested.bytes[i], Place::device);
  if (nested.is_loop) add(nested.second == nullptr ? 0 : 1, Place::device);
  const auto most = [&](int64_t Plan::*bytes) {
    return std::max(*nested.first.*bytes, nested.second == nullptr ? 0 : *nested.second.*bytes);
  };
  add(most(&Plan::arena_bytes), Place::device);
  if (planning.apart()) add(most(&Plan::host_arena_bytes), Place::host);
}

}  // namespace keraunos::host
