#include <iomanip>
#include <sstream>

#include "host/plan/nested.h"

namespace keraunos::host {
namespace {

std::string slot_text(const Slot& slot) {
  switch (slot.kind) {
    case Slot::absent: return "-";
    case Slot::input: return "input " + std::to_string(slot.index);
    case Slot::output: return "output " + std::to_string(slot.index);
    case Slot::state: return "state " + std::to_string(slot.index);
    case Slot::constant: return "constant";
    case Slot::arena: return '@' + std::to_string(slot.offset);
    case Slot::host_arena: return "host@" + std::to_string(slot.offset);
  }
  return {};
}

std::string slots_text(const std::vector<Slot>& slots) {
  std::string text;
  for (const Slot& slot : slots) text += (text.empty() ? "" : ", ") + slot_text(slot);
  return text;
}

// Steps of plans inside are indented below theirs; the second plan is a loop's condition, or what a branch runs otherwise.
void write_steps(std::ostringstream& text, const Plan& plan, const std::string& indent) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const PlannedStep& step = plan.steps[i];
    text << indent << std::setw(4) << i << "  " << step.text;
    if (step.step) text << "  [" << step.step->kernel << ']';
    text << "  " << slots_text(step.in) << " -> " << slots_text(step.out);
    if (!step.out_types.empty()) text << "  " << name_of(step.out_types[0].dtype) << step.out_types[0].dims.to_string();
    if (!step.origin.empty()) text << "  # " << step.origin;
    text << '\n';
    if (step.nested == nullptr) continue;
    write_steps(text, *step.nested->first, indent + "      ");
    if (step.nested->second == nullptr) continue;
    text << indent << "      " << (step.nested->is_loop ? "condition" : "otherwise") << '\n';
    write_steps(text, *step.nested->second, indent + "      ");
  }
}

}  // namespace

std::string to_string(const Plan& plan) {
  std::ostringstream text;
  write_steps(text, plan, {});
  text << plan.steps.size() << " steps, " << plan.launches() << " kernels, arena " << plan.arena_bytes << " bytes (workspace "
       << plan.workspace_bytes << ", intermediate results " << plan.buffer_bytes << " bytes without sharing)\n";
  if (!plan.notes.empty()) text << "not fast or not fused:\n" << plan.notes;
  return text.str();
}

}  // namespace keraunos::host
