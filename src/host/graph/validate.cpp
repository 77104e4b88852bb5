// The rules of a graph, checked after every pass: what a device may rely on.
#include <vector>

#include "host/graph/broadcast.h"
#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

struct Checker {
  const Graph& graph;
  const Node& node;

  [[noreturn]] void fail(const std::string& why) const {
    throw InternalError(describe(node.op) + " of layer \"" + node.origin + "\": " + why);
  }
  void require(bool holds, const char* why) const {
    if (!holds) fail(why);
  }
  const ValueInfo& in(size_t i) const { return graph.info(node.in[i]); }
  const ValueInfo& out(size_t i = 0) const { return graph.info(node.out[i]); }
  void operands(size_t least, size_t most) const {
    if (node.in.size() < least || node.in.size() > most) fail("has " + std::to_string(node.in.size()) + " operands");
  }

  void program(const Program& program, size_t first) const {
    require(!program.steps.empty() && program.registers() <= Program::kMaxRegisters, "an empty or too long program");
    require(program.inputs.size() <= Program::kMaxInputs, "too many program inputs");
    for (size_t i = 0; i < program.steps.size(); ++i) {
      const Instruction& step = program.steps[i];
      const uint8_t read[] = {step.a, step.b, step.c};
      const size_t now = program.inputs.size() + i;
      for (int k = 0; k < operands_of(step.function); ++k) require(read[k] < now, "a program reads a register before it is written");
      for (int k = operands_of(step.function); k < 3; ++k) require(read[k] == 0, "a program names a register that its step does not read");
      if (step.function == Function::cast || step.function == Function::constant || operands_of(step.function) == 0) continue;
      const DType a = program.type_of(step.a);
      if (takes_boolean(step.function)) require(a == DType::boolean, "logic on a type that is not boolean");
      if (operands_of(step.function) == 2) require(program.type_of(step.b) == a, "a step mixes dtypes");
      if (step.function == Function::select) {
        require(a == DType::boolean && program.type_of(step.b) == step.type && program.type_of(step.c) == step.type, "select mixes dtypes");
      } else {
        require(step.type == (gives_boolean(step.function) ? DType::boolean : a), "a step's result has a wrong dtype");
      }
    }
    require(program.result() == out().dtype, "the program's result has a wrong dtype");
    require(node.in.size() + (first ? 1 : 0) == program.inputs.size() + first, "operands and program inputs differ in number");
    for (size_t i = first ? 1 : 0; i < program.inputs.size(); ++i) {
      const ValueInfo& operand = in(first ? first + i - 1 : i);
      require(operand.dtype == program.inputs[i], "an operand has another dtype than the program says");
      require(broadcast(operand.shape, out().shape) == out().shape, "an operand does not broadcast to the result");
    }
  }

  void operator()(const Pointwise& op) const { program(op.program, 0); }
  void operator()(const MatMul& op) const {
    operands(2, 2 + Program::kMaxInputs);
    const size_t rank = in(0).shape.size();
    require((rank == 2 || rank == 3) && in(1).shape.size() == rank, "operands of rank 2 or 3 expected");
    require(in(0).dtype == in(1).dtype, "operands of two dtypes");
    if (!op.epilogue.empty()) program(op.epilogue, 2);
  }
  void operator()(const Conv& op) const {
    operands(2, 2 + Program::kMaxInputs);
    require(in(0).shape.size() == in(1).shape.size() && in(0).shape.size() >= 3 && in(0).shape.size() <= 5, "ranks do not fit");
    require(in(0).dtype == in(1).dtype, "operands of two dtypes");
    if (!op.epilogue.empty()) program(op.epilogue, 2);
  }
  void operator()(const Pool&) const { operands(1, 1); }
  void operator()(const Reduce&) const { operands(1, 1); }
  void operator()(const Softmax&) const {
    operands(1, 1);
    require(!in(0).shape.empty() && is_floating(in(0).dtype), "softmax needs a floating tensor of rank 1 at least");
  }
  void operator()(const LayerNorm&) const { operands(3, 3); }
  void operator()(const Reshape&) const {
    operands(1, 1);
    require(elements_of(in(0).shape) == elements_of(out().shape) && in(0).dtype == out().dtype, "reshape changes the elements");
  }
  void operator()(const Transpose& op) const {
    operands(1, 1);
    require(op.permutation.size() == in(0).shape.size(), "permutation and rank differ");
  }
  void operator()(const Slice& op) const {
    operands(1, 1);
    require(op.start.size() == in(0).shape.size() && op.step.size() == op.start.size(), "one number per axis expected");
  }
  void operator()(const Concat&) const { operands(1, 1u << 20); }
  void operator()(const Pad& op) const {
    operands(1, 1);
    require(op.low.size() == in(0).shape.size() && op.high.size() == op.low.size(), "one number per axis expected");
  }
  void operator()(const Gather&) const { operands(2, 2); }
  void operator()(const Recurrent&) const { operands(6, 6); }
  void operator()(const Attention&) const { operands(6, 6); }
  void operator()(const Loop& op) const {
    require(op.body != nullptr, "a loop without a body");
    require(op.body->inputs.size() == node.in.size(), "a loop whose body takes other inputs");
    const auto results = static_cast<size_t>(op.carried) + static_cast<size_t>(op.stacked);
    require(op.body->outputs.size() == results && node.out.size() == results, "a loop whose body gives other results");
    require(op.sliced > 0, "a loop over nothing");
  }
  void operator()(const Call& op) const { require(op.kernel != nullptr, "a call without a kernel"); }
};

}  // namespace

void validate(const Graph& graph) {
  std::vector<char> ready(graph.values.size(), 0);
  for (size_t i = 0; i < graph.values.size(); ++i) ready[i] = graph.values[i].constant != nullptr;
  for (Value v : graph.inputs) ready[static_cast<size_t>(v.id)] = 1;
  for (const State& state : graph.states) ready[static_cast<size_t>(state.before.id)] = 1;
  for (const Node& node : graph.nodes) {
    const Checker check{graph, node};
    for (Value v : node.in) check.require(!v || ready[static_cast<size_t>(v.id)] != 0, "reads a value before it is made");
    std::visit(check, node.op);
    for (Value v : node.out) ready[static_cast<size_t>(v.id)] = 1;
  }
  for (Value v : graph.outputs) {
    if (!v || !ready[static_cast<size_t>(v.id)]) throw InternalError("a graph output is never made");
  }
}

}  // namespace keraunos::host
