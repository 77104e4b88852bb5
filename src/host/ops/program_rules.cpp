#include "host/ops/program_rules.h"

#include "host/graph/broadcast.h"
#include "host/graph/extent.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void require_program(bool holds, const char* why) {
  if (!holds) throw UsageError(why);
}

void check_registers(const Instruction& step, size_t written) {
  const uint8_t read[] = {step.a, step.b, step.c};
  const int operands = operands_of(step.function);
  for (int k = 0; k < operands; ++k) require_program(read[k] < written, "a program reads a register before it is written");
  for (int k = operands; k < 3; ++k) require_program(read[k] == 0, "a program names a register that its step does not read");
}

void check_types(const Program& program, const Instruction& step) {
  const int operands = operands_of(step.function);
  if (step.function == Function::cast || operands == 0) return;
  const DType a = program.type_of(step.a);
  if (takes_boolean(step.function)) require_program(a == DType::boolean, "logic on a type that is not boolean");
  if (takes_integers(step.function))
    require_program(!is_floating(a) && a != DType::boolean, "a function of integers on a type that is none");
  if (operands == 2) require_program(program.type_of(step.b) == a, "a step mixes dtypes");
  if (step.function == Function::select) {
    const bool fits = a == DType::boolean && program.type_of(step.b) == step.type && program.type_of(step.c) == step.type;
    require_program(fits, "select mixes dtypes");
  } else {
    require_program(step.type == (gives_boolean(step.function) ? DType::boolean : a), "a step's result has a wrong dtype");
  }
}

}  // namespace

void check_program(const Program& program) {
  require_program(!program.steps.empty() && program.registers() <= Program::kMaxRegisters, "an empty or too long program");
  require_program(program.inputs.size() <= Program::kMaxInputs, "too many program inputs");
  for (size_t i = 0; i < program.steps.size(); ++i) {
    check_registers(program.steps[i], program.inputs.size() + i);
    check_types(program, program.steps[i]);
  }
}

void check_inputs(const Program& program, size_t input, const NodeView& node, size_t operand, const Shape& result) {
  require_program(node.operands() + input == program.inputs.size() + operand, "operands and program inputs differ in number");
  for (; input < program.inputs.size(); ++input, ++operand) {
    const ValueInfo& info = node.in(operand);
    require_program(info.dtype == program.inputs[input], "an operand has another dtype than the program says");
    if (broadcasts_to(info.shape, result)) continue;
    throw UsageError("an operand of shape " + text_of(info.shape) + " does not broadcast to the result " + text_of(result));
  }
}

ValueInfo with_epilogue(const Program& epilogue, const NodeView& node, ValueInfo product) {
  if (epilogue.empty()) {
    node.require_operands(2, 2);
    return product;
  }
  check_program(epilogue);
  require_program(!epilogue.inputs.empty() && epilogue.inputs[0] == product.dtype,
                  "the epilogue takes another dtype than the product has");
  check_inputs(epilogue, 1, node, 2, product.shape);
  product.dtype = epilogue.result();
  return product;
}

std::string epilogue_text(const Program& epilogue) { return epilogue.empty() ? "" : " then {" + to_string(epilogue) + '}'; }

}  // namespace keraunos::host
