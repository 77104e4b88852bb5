#include "kernels/cuda/epilogue.h"

#include <algorithm>

#include "kernels/math/flatten.h"

namespace keraunos::cuda {
namespace {

using host::Graph;
using host::Instruction;
using host::Link;
using host::Node;
using host::Program;

bool of_one_type(const Program& program) {
  for (int i = 0; i < program.registers(); ++i) {
    if (program.type_of(i) != program.result()) return false;
  }
  return is_floating(program.result());
}

bool is_mixed_function(Function f) { return f == Function::cast || MixedChainFunctions::has(f); }

std::string no_chain_because(const Program& program, const std::vector<Link>& links) {
  if (program.inputs.empty()) return "there is no operand";
  if (links.empty()) return "it is not a chain of functions";
  if (links.size() > Chain::kMaxLinks)
    return std::to_string(links.size()) + " functions are more than " + std::to_string(Chain::kMaxLinks);
  const bool one_type = of_one_type(program);
  for (const Link& link : links) {
    if (one_type ? ChainFunctions::has(link.function) : is_mixed_function(link.function)) continue;
    return "no kernel is compiled for " + std::string(name_of(link.function)) + (one_type ? "" : " of integers or several types");
  }
  return {};
}

// Fills `chain` when the program is one that kernels support.
bool as_chain(const Program& program, Chain& chain) {
  const std::vector<Link> links = host::chain_of(program);
  if (!no_chain_because(program, links).empty()) return false;
  size_t step = 0;  // each step but constants is a link
  for (const Link& link : links) {
    while (program.steps[step].function == Function::constant) ++step;
    chain.link[chain.links++] = {.immediate = link.immediate,
                                 .function = link.function,
                                 .operand = static_cast<int8_t>(link.operand),
                                 .swapped = link.swapped,
                                 .type = program.steps[step++].type};
  }
  return true;
}

// One operand for each register: operand[0] = −1 is the product itself.
BoundProgram bound(const Graph& graph, const Node& node, const Program& program, std::vector<int> operand) {
  BoundProgram result;
  const Shape& shape = graph.info(node.out[0]).shape;
  std::vector<Shape> shapes;
  for (int index : operand) shapes.push_back(index < 0 ? shape : graph.info(node.in[static_cast<size_t>(index)]).shape);
  result.plan.code = math::flatten(program);
  result.plan.strides = math::collapse(shape, shapes);
  result.plan.elements = host::elements_of(shape);
  result.plan.result = program.result();
  const bool compiled = as_chain(program, result.plan.chain), one_type = of_one_type(program);
  result.plan.is_chain = compiled && one_type;
  result.plan.is_mixed_chain = compiled && !one_type;
  result.operand = std::move(operand);
  return result;
}

// The program without its first `taken` links; their last register becomes register 0. Unused inputs are removed.
BoundProgram remainder(const Graph& graph, const Node& node, const Program& program, size_t taken) {
  const auto inputs = program.inputs.size();
  std::vector<uint8_t> renamed(static_cast<size_t>(program.registers()), 0);
  std::vector<char> read(static_cast<size_t>(program.registers()), 0);
  size_t first = 0;
  for (size_t links = 0; links < taken; ++first) links += program.steps[first].function != Function::constant;
  for (size_t i = first; i < program.steps.size(); ++i) {
    const Instruction& step = program.steps[i];
    const uint8_t operands[] = {step.a, step.b, step.c};
    for (int k = 0; k < operands_of(step.function); ++k) read[operands[k]] = 1;
  }
  Program rest{.inputs = {program.type_of(taken == 0 ? 0 : static_cast<int>(inputs + first) - 1)}, .steps = {}};
  std::vector<int> operand{-1};
  for (size_t i = 1; i < inputs; ++i) {
    if (!read[i]) continue;
    renamed[i] = static_cast<uint8_t>(rest.inputs.size());
    rest.inputs.push_back(program.inputs[i]);
    operand.push_back(static_cast<int>(i) + 1);
  }
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const bool constant = program.steps[i].function == Function::constant;
    if (i < first && !(constant && read[inputs + i])) continue;
    Instruction step = program.steps[i];
    host::rename_operands(step, [&](uint8_t r) { return renamed[r]; });
    renamed[inputs + i] = rest.append(step);
  }
  return bound(graph, node, rest, std::move(operand));
}

}  // namespace

host::Verdict if_compiled(const Program& program) {
  if (program.empty()) return {};
  const std::string reason = no_chain_because(program, host::chain_of(program));
  return reason.empty() ? host::Verdict{} : host::slow("its program is interpreted: " + reason);
}

ChainOperands BoundProgram::bind(const host::Operands& operands, const void* result) const {
  ChainOperands bound;
  for (size_t i = 0; i < operand.size(); ++i)
    bound.at[i] = operand[i] < 0 ? result : operands.in[static_cast<size_t>(operand[i])];
  return bound;
}

BoundProgram bind_program(const Task& task, const Program& program) {
  std::vector<int> operand;
  for (size_t i = 0; i < program.inputs.size(); ++i) operand.push_back(static_cast<int>(i));
  return bound(task.graph, task.node, program, std::move(operand));
}

BoundProgram whole_epilogue(const Graph& graph, const Node& node, const Program& epilogue) {
  return epilogue.empty() ? BoundProgram{} : remainder(graph, node, epilogue, 0);
}

EpilogueSplit split_epilogue(const Graph& graph, const Node& node, const Program& epilogue, const EpilogueOffer& offer) {
  EpilogueSplit split;
  if (epilogue.empty()) return split;
  const host::ValueInfo& result = graph.info(node.out[0]);
  const std::vector<Link> links = of_one_type(epilogue) ? host::chain_of(epilogue) : std::vector<Link>{};
  size_t taken = 0;
  for (; taken < links.size(); ++taken) {
    const Link& link = links[taken];
    if (link.function == Function::add && link.operand > 0) {
      const int operand = link.operand + 1;
      const Shape& shape = graph.info(node.in[static_cast<size_t>(operand)]).shape;
      const bool vector = !shape.empty() && shape.back() == result.shape.back() && host::elements_of(shape) == shape.back().size;
      if (offer.bias && split.bias < 0 && vector)
        split.bias = operand;
      else if (offer.residual && split.residual < 0 && shape == result.shape)
        split.residual = operand;
      else
        break;
      continue;
    }
    if (offer.relu && link.function == Function::relu)
      split.relu = true, ++taken;
    else if (offer.gelu_tanh && link.function == Function::gelu_tanh)
      split.gelu_tanh = true, ++taken;
    break;
  }
  if (links.empty() || taken < links.size()) split.rest = remainder(graph, node, epilogue, taken);
  return split;
}

Epilogue fuse(const BoundProgram& program, const host::Operands& operands) {
  if (program.empty()) return {};
  return {program.plan.chain, program.plan.strides, program.bind(operands, nullptr)};
}

}  // namespace keraunos::cuda
