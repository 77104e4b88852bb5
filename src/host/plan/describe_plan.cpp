#include "host/plan/describe_plan.h"

#include <unordered_set>

#include "host/plan/nested.h"

namespace keraunos::host {
namespace {

using Operand = PlanDescription::Operand;

Operand::Place described_place(Slot::Kind kind) {
  switch (kind) {
    case Slot::absent: return Operand::Place::absent;
    case Slot::input: return Operand::Place::input;
    case Slot::output: return Operand::Place::output;
    case Slot::arena: return Operand::Place::arena;
    case Slot::host_arena: return Operand::Place::host_arena;
    case Slot::state: return Operand::Place::state;
    case Slot::constant: return Operand::Place::constant;
    case Slot::packed: return Operand::Place::packed;
  }
  return Operand::Place::absent;
}

// Poison steps have no types: they fill bytes.
std::vector<Operand> described_operands(const std::vector<Slot>& slots, const std::vector<TensorType>& types, int64_t bytes) {
  std::vector<Operand> operands;
  for (size_t i = 0; i < slots.size(); ++i) {
    Operand& operand = operands.emplace_back();
    operand.place = described_place(slots[i].kind), operand.index = slots[i].index, operand.offset = slots[i].offset;
    operand.bytes = bytes;
    if (i >= types.size() || slots[i].kind == Slot::absent) continue;
    operand.dtype = types[i].dtype, operand.dims = types[i].dims, operand.bytes = bytes_of(types[i]);
  }
  return operands;
}

PlanDescription::Step described_step(const PlannedStep& step) {
  PlanDescription::Step described;
  described.operation = step.text, described.layer = step.origin;
  if (step.step) described.kernel = step.step->kernel, described.launches = step.step->launches;
  described.operands = described_operands(step.in, step.in_types, 0);
  described.results = described_operands(step.out, step.out_types, step.bytes);
  // The operands after them are memory for the turns.
  if (step.nested != nullptr) described.results.resize(step.out_types.size());
  described.flops = 2 * step.products;
  described.bytes_read = step.bytes_read;
  for (const Operand& result : described.results) described.bytes_written += result.bytes;
  if (step.kernel != nullptr)
    described.support = PlanDescription::Support::host;
  else if (step.verdict.speed != Verdict::fast)
    described.support = PlanDescription::Support::slow;
  described.reason = step.verdict.reason;
  return described;
}

PlanDescription::Port described_port(const TensorType& type, Place place) {
  return {.name = {}, .dtype = type.dtype, .dims = type.dims, .bytes = bytes_of(type), .on_host = place == Place::host};
}

// Counts each constant once, even if several nested plans hold it.
int64_t bytes_of_constants(const Plan& plan, std::unordered_set<const void*>& counted) {
  int64_t bytes = 0;
  for (const Plan::HeldConstant& constant : plan.constants) {
    if (counted.insert(constant.memory.get()).second) bytes += constant.bytes;
  }
  for (const PlannedStep& step : plan.steps) {
    if (step.nested == nullptr) continue;
    bytes += bytes_of_constants(*step.nested->first, counted);
    if (step.nested->second != nullptr) bytes += bytes_of_constants(*step.nested->second, counted);
  }
  return bytes;
}

// Steps of nested plans follow the step that holds them.
struct Writing {
  PlanDescription& described;

  void add(const Plan& plan, int depth, const char* part, double turns) {
    for (const PlannedStep& step : plan.steps) {
      PlanDescription::Step& last = described.steps.emplace_back(described_step(step));
      last.depth = depth, last.part = part;
      described.flops += turns * last.flops;
      described.bytes_read += static_cast<int64_t>(turns * static_cast<double>(last.bytes_read));
      described.bytes_written += static_cast<int64_t>(turns * static_cast<double>(last.bytes_written));
      if (step.nested != nullptr) add_nested(*step.nested, depth + 1, turns);
    }
  }

  // A branch counts both graphs; a loop that only its condition ends counts one turn.
  void add_nested(const NestedPlans& nested, int depth, double turns) {
    if (nested.is_loop) described.steps.back().turns = nested.steps.value_or(-1);
    const double inside = turns * (nested.is_loop ? static_cast<double>(nested.steps.value_or(1)) : 1);
    add(*nested.first, depth, nested.is_loop ? "body" : "then", inside);
    if (nested.second != nullptr) add(*nested.second, depth, nested.is_loop ? "condition" : "otherwise", inside);
  }
};

}  // namespace

PlanDescription describe(const Plan& plan) {
  PlanDescription described;
  Writing{described}.add(plan, 0, "", 1);
  described.launches = plan.launches();
  std::unordered_set<const void*> counted;
  PlanDescription::Memory& memory = described.memory;
  for (const Port& port : plan.inputs)
    memory.inputs += described.inputs.emplace_back(described_port(port.type, port.place)).bytes;
  for (const Port& port : plan.outputs)
    memory.outputs += described.outputs.emplace_back(described_port(port.type, port.place)).bytes;
  for (const Plan::StateBuffer& state : plan.states)
    described.states.emplace_back(described_port(state.type, Place::device)).name = state.name;
  memory.arena = plan.arena_bytes, memory.host_arena = plan.host_arena_bytes, memory.workspace = plan.workspace_bytes;
  memory.intermediate = plan.buffer_bytes, memory.constants = bytes_of_constants(plan, counted);
  for (const PlanNote& note : plan.notes) described.notes.push_back({note.layer, note.text});
  if (plan.pending) {
    described.notes.push_back({plan.pending->origin, "the shapes of its results depend on data: what follows is planned when " +
                                                         plan.pending->kernel->name() + " has run"});
  }
  return described;
}

}  // namespace keraunos::host
