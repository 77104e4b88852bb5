// Pointwise computations as data: a program over registers. Registers 0 … inputs−1 hold the operands, each step writes the next
// one, the last register is the result. Example, relu(x * s + b) with inputs x, s, b:
//   r3 = multiply r0 r1;  r4 = add r3 r2;  r5 = relu r4
#pragma once

#include <span>
#include <string>
#include <vector>

#include "host/graph/number.h"
#include "keraunos/dtype.h"
#include "keraunos/function.h"

namespace keraunos::host {

struct Instruction {
  Function function = Function::copy;
  uint8_t a = 0, b = 0, c = 0;  ///< registers; unused ones are 0
  DType type = DType::float32;  ///< of the result
  Number immediate = 0;
  friend bool operator==(const Instruction&, const Instruction&) = default;
};

struct Program {
  static constexpr int kMaxInputs = 12;
  static constexpr int kMaxRegisters = 64;

  std::vector<DType> inputs;  ///< types of registers 0 … inputs−1
  std::vector<Instruction> steps;

  bool empty() const noexcept { return steps.empty(); }
  int registers() const noexcept { return static_cast<int>(inputs.size() + steps.size()); }
  DType type_of(int index) const noexcept;
  DType result() const noexcept { return type_of(registers() - 1); }
  /// Appends a step and returns its register.
  uint8_t append(Instruction step);
  friend bool operator==(const Program&, const Program&) = default;
};

/// Renames the registers that a step reads. Those that its function does not read stay 0.
template <class Renamed>
void rename_operands(Instruction& step, const Renamed& renamed) {
  uint8_t* const operands[] = {&step.a, &step.b, &step.c};
  for (int k = 0; k < operands_of(step.function); ++k) *operands[k] = renamed(*operands[k]);
}

/// `second` after `first`: register `joint` of second is first's result; second's other inputs are appended to first's.
/// Returns nothing when the registers do not suffice.
bool append_program(Program& first, const Program& second, int joint);

/// The program as a chain on register 0, e.g. {add r1, relu}: every step uses the one before it exactly once, and the first uses
/// register 0. Devices compare it with the epilogues that they support.
struct Link {
  Function function;
  int operand;       ///< register of the other operand (an input), −1 for unary steps and constants
  double immediate;  ///< of the step, or the value when the other operand is a constant
  bool constant;     ///< the other operand is `immediate`
  bool swapped;      ///< the chain is the second operand: operand − chain
};
std::vector<Link> chain_of(const Program& program);  // empty when the program is no chain

/// "r2=add r0 r1; r3=relu r2". Types other than float32 are included.
std::string to_string(const Program& program);
uint64_t hash_of(const Program& program);

}  // namespace keraunos::host
