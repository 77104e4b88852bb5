// A plan's description as text.
#include <array>
#include <iomanip>
#include <sstream>

#include "keraunos/plan.h"

namespace keraunos {
namespace {

using Operand = PlanDescription::Operand;
using Step = PlanDescription::Step;

std::string operand_text(const Operand& operand) {
  switch (operand.place) {
    case Operand::Place::absent: return "-";
    case Operand::Place::arena: return '@' + std::to_string(operand.offset);
    case Operand::Place::host_arena: return "host@" + std::to_string(operand.offset);
    case Operand::Place::constant:
    case Operand::Place::packed: return std::string(name_of(operand.place));
    default: return std::string(name_of(operand.place)) + ' ' + std::to_string(operand.index);
  }
}

std::string operands_text(const std::vector<Operand>& operands) {
  std::string text;
  for (const Operand& operand : operands) text += (text.empty() ? "" : ", ") + operand_text(operand);
  return text;
}

// "1.50 M", followed by a unit.
std::string prefixed(double value) {
  constexpr std::array kPrefixes{"", "k", "M", "G", "T", "P"};
  size_t prefix = 0;
  for (; value >= 1000 && prefix + 1 < kPrefixes.size(); ++prefix) value /= 1000;
  std::ostringstream text;
  text << std::fixed << std::setprecision(prefix == 0 ? 0 : 2) << value << ' ' << kPrefixes[prefix];
  return text.str();
}

std::string prefixed(int64_t value) { return prefixed(static_cast<double>(value)); }

std::string cost_text(const Step& step) {
  const std::string flops = step.flops > 0 ? prefixed(step.flops) + "FLOP, " : "";
  return flops + prefixed(step.bytes_read + step.bytes_written) + 'B';
}

void write_step(std::ostream& text, const Step& step) {
  text << step.operation;
  if (!step.kernel.empty()) text << "  [" << step.kernel << ']';
  text << "  " << operands_text(step.operands) << " -> " << operands_text(step.results);
  if (!step.results.empty() && step.results[0].place != Operand::Place::absent && step.launches + step.bytes_read > 0)
    text << "  " << name_of(step.results[0].dtype) << step.results[0].dims.to_string();
  text << "  " << cost_text(step);
  if (!step.layer.empty()) text << "  # " << step.layer;
  text << '\n';
}

// Steps inside loops and branches are indented and have their own numbers.
void write_steps(std::ostream& text, const std::vector<Step>& steps) {
  struct Level {
    std::string part;
    int next = 0;
  };
  std::vector<Level> levels;
  for (const Step& step : steps) {
    const auto depth = static_cast<size_t>(step.depth);
    const bool begins = levels.size() <= depth || levels[depth].part != step.part;
    levels.resize(depth + 1);
    if (begins) levels[depth] = {step.part, 0};
    const std::string indent(6 * depth, ' ');
    if (begins && depth > 0 && step.part != "body") text << indent << step.part << '\n';
    text << indent << std::setw(4) << levels[depth].next++ << "  ";
    write_step(text, step);
  }
}

void write_totals(std::ostream& text, const PlanDescription& plan) {
  text << plan.steps.size() << " steps, " << plan.launches << " kernels, " << prefixed(plan.flops) << "FLOP, "
       << prefixed(plan.bytes_read) << "B read, " << prefixed(plan.bytes_written) << "B written, arena " << plan.memory.arena
       << " bytes (workspace " << plan.memory.workspace << ", intermediate results " << plan.memory.intermediate
       << " bytes without sharing)";
  if (plan.memory.host_arena > 0) text << ", arena of the host " << plan.memory.host_arena << " bytes";
  text << ", constants " << plan.memory.constants << " bytes\n";
}

void write_line(std::ostream& text, const std::string& layer, const std::string& reason) {
  text << (layer.empty() ? "" : layer + ": ") << reason << '\n';
}

void write_reasons(std::ostream& text, const PlanDescription& plan) {
  std::ostringstream reasons;
  for (const Step& step : plan.steps) {
    if (step.support != PlanDescription::Support::fast) write_line(reasons, step.layer, step.reason);
  }
  for (const PlanDescription::Note& note : plan.notes) write_line(reasons, note.layer, note.text);
  if (const std::string lines = reasons.str(); !lines.empty()) text << "not fast or not fused:\n" << lines;
}

}  // namespace

std::string_view name_of(Operand::Place place) noexcept {
  constexpr std::array<std::string_view, 8> names{"absent",   "input",  "output", "state",
                                                  "constant", "packed", "arena",  "host_arena"};
  return names[static_cast<size_t>(place)];
}

std::string_view name_of(PlanDescription::Support support) noexcept {
  constexpr std::array<std::string_view, 3> names{"fast", "slow", "host"};
  return names[static_cast<size_t>(support)];
}

std::string to_string(const PlanDescription& plan) {
  std::ostringstream text;
  if (!plan.device.empty()) text << plan.device << '\n';
  if (plan.rows_at_a_time < plan.rows) {
    text << "predict() cuts these " << plan.rows << " rows into pieces of " << plan.rows_at_a_time
         << (plan.side_by_side ? ", side by side on its threads" : "") << "; all at once, as a Session runs them:\n";
  }
  write_steps(text, plan.steps);
  write_totals(text, plan);
  write_reasons(text, plan);
  return text.str();
}

}  // namespace keraunos
