#include <iomanip>
#include <sstream>

#include "host/plan/plan.h"

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

}  // namespace

std::string to_string(const Plan& plan) {
  std::ostringstream text;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const PlannedStep& step = plan.steps[i];
    text << std::setw(4) << i << "  " << step.text;
    if (step.step) text << "  [" << step.step->kernel << ']';
    text << "  " << slots_text(step.in) << " -> " << slots_text(step.out);
    if (!step.out_types.empty()) text << "  " << name_of(step.out_types[0].dtype) << step.out_types[0].dims.to_string();
    if (!step.origin.empty()) text << "  # " << step.origin;
    text << '\n';
  }
  text << plan.steps.size() << " steps, " << plan.launches() << " kernels, arena " << plan.arena_bytes << " bytes (workspace "
       << plan.workspace_bytes << ", intermediate results " << plan.buffer_bytes << " bytes without sharing)\n";
  if (!plan.notes.empty()) text << "not fast or not fused:\n" << plan.notes;
  return text.str();
}

}  // namespace keraunos::host
