#include "host/graph/program.h"

#include <algorithm>

#include "host/graph/hash.h"
#include "keraunos/error.h"

namespace keraunos::host {

DType Program::type_of(int index) const noexcept {
  const auto position = static_cast<size_t>(index);
  return position < inputs.size() ? inputs[position] : steps[position - inputs.size()].type;
}

uint8_t Program::append(Instruction step) {
  if (registers() >= kMaxRegisters) throw Error("a pointwise program has no registers left");
  steps.push_back(step);
  return static_cast<uint8_t>(registers() - 1);
}

bool append_program(Program& first, const Program& second, int joint) {
  const size_t inputs_before = first.inputs.size();
  const size_t inputs_after = inputs_before + second.inputs.size() - 1;
  if (inputs_after > Program::kMaxInputs) return false;
  if (inputs_after + first.steps.size() + second.steps.size() > Program::kMaxRegisters) return false;

  // The new inputs follow the old ones, so the registers of `first`'s steps move up by their number.
  const auto added = static_cast<uint8_t>(second.inputs.size() - 1);
  const auto moved = [&](uint8_t r) { return r < inputs_before ? r : static_cast<uint8_t>(r + added); };
  for (Instruction& step : first.steps) rename_operands(step, moved);
  const auto joined = static_cast<uint8_t>(inputs_after + first.steps.size() - 1);
  const uint8_t result = first.steps.empty() ? uint8_t{0} : joined;
  for (size_t i = 0; i < second.inputs.size(); ++i) {
    if (static_cast<int>(i) != joint) first.inputs.push_back(second.inputs[i]);
  }
  const size_t steps_before = first.steps.size();
  const auto renamed = [&](uint8_t r) -> uint8_t {
    if (r == joint) return result;
    if (r < second.inputs.size()) return static_cast<uint8_t>(inputs_before + r - (r > joint ? 1 : 0));
    return static_cast<uint8_t>(inputs_after + steps_before + (r - second.inputs.size()));
  };
  for (Instruction step : second.steps) {
    rename_operands(step, renamed);
    first.steps.push_back(step);
  }
  return true;
}

std::vector<Link> chain_of(const Program& program) {
  std::vector<Link> links;
  const int inputs = static_cast<int>(program.inputs.size());
  int chain = 0;  // the register that holds the chain's value
  const auto constant_at = [&](int r) -> const Instruction* {
    if (r < inputs) return nullptr;
    const Instruction& step = program.steps[static_cast<size_t>(r - inputs)];
    return step.function == Function::constant ? &step : nullptr;
  };
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Instruction& step = program.steps[i];
    if (step.function == Function::constant) continue;
    const int arity = operands_of(step.function);
    if (arity == 1 && step.a == chain) {
      links.push_back({step.function, -1, step.immediate, false, false});
    } else if (arity == 2 && (step.a == chain) != (step.b == chain)) {
      const bool swapped = step.b == chain;
      const int other = swapped ? step.a : step.b;
      const Instruction* constant = constant_at(other);
      if ((other >= inputs && constant == nullptr) || other == 0) return {};
      links.push_back(
          {step.function, constant ? -1 : other, constant ? constant->immediate.value : 0, constant != nullptr, swapped});
    } else {
      return {};
    }
    chain = inputs + static_cast<int>(i);
  }
  return chain == program.registers() - 1 ? links : std::vector<Link>{};
}

namespace {

std::string step_text(const Instruction& step) {
  std::string text(name_of(step.function));
  const bool is_constant = step.function == Function::constant;
  if (is_constant || step.immediate != Number(0)) text += '(' + text_of(step.immediate) + ')';
  const uint8_t operands[] = {step.a, step.b, step.c};
  for (int k = 0; k < operands_of(step.function); ++k) text += " r" + std::to_string(operands[k]);
  if (step.function == Function::cast || (is_constant && step.type != DType::float32))
    text += " to " + std::string(name_of(step.type));
  return text;
}

}  // namespace

std::string to_string(const Program& program) {
  std::string text;
  const bool all_float32 = std::ranges::all_of(program.inputs, [](DType type) { return type == DType::float32; });
  for (size_t i = 0; !all_float32 && i < program.inputs.size(); ++i)
    text += (i ? ", " : "(") + std::string(name_of(program.inputs[i]));
  if (!all_float32) text += ") ";
  const size_t inputs = program.inputs.size();
  for (size_t i = 0; i < program.steps.size(); ++i)
    text += (i ? "; r" : "r") + std::to_string(inputs + i) + '=' + step_text(program.steps[i]);
  return text;
}

uint64_t hash_of(const Program& program) {
  Hash hash;
  hash.range(program.inputs);
  for (const Instruction& step : program.steps) {
    hash.mix(step.function).mix(step.a).mix(step.b).mix(step.c).mix(step.type).mix(step.immediate);
  }
  return hash.value();
}

}  // namespace keraunos::host
