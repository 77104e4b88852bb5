// The rules of programs in pointwise nodes and epilogues. UsageError with a message for a violation.
#pragma once

#include "host/graph/program.h"
#include "host/ops/operation.h"

namespace keraunos::host {

/// Registers are written before they are read, and types fit.
void check_program(const Program& program);
/// Operands `operand` and later are inputs `input` and later of the program, each broadcast to `result`.
void check_inputs(const Program& program, size_t input, const NodeView& node, size_t operand, const Shape& result);

/// The result of a product of two operands with an epilogue: the epilogue's first input is the product, the others are operands 2
/// and later.
ValueInfo with_epilogue(const Program& epilogue, const NodeView& node, ValueInfo product);
/// " then {…}"; empty where there is no epilogue.
std::string epilogue_text(const Program& epilogue);

}  // namespace keraunos::host
