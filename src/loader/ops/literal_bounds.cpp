#include "loader/ops/literal_bounds.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "host/graph/graph.h"
#include "loader/ops/literal.h"

namespace keraunos::loader {
namespace {

struct Bounds {
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
};

const host::Node* node_of(const host::Graph& graph, Value v) {
  const auto found = std::find_if(graph.nodes.rbegin(), graph.nodes.rend(),
                                  [&](const host::Node& node) { return node.out.size() == 1 && node.out[0] == v; });
  return found == graph.nodes.rend() ? nullptr : &*found;
}

Bounds bounds_of_step(const host::Instruction& step, const std::vector<Bounds>& registers) {
  if (step.function == Function::constant && !is_floating(step.type)) {
    const auto number = static_cast<int64_t>(step.immediate);
    return {number, number};
  }
  if (step.function != Function::minimum && step.function != Function::maximum) return {};
  const Bounds a = registers.at(step.a), b = registers.at(step.b);
  if (step.function == Function::minimum) return {std::min(a.low, b.low), std::min(a.high, b.high)};
  return {std::max(a.low, b.low), std::max(a.high, b.high)};
}

Bounds bounds_of(const Builder& builder, Value v, int depth) {
  if (const auto known = literal_of(builder, v); known && known->size() == 1) return {known->front(), known->front()};
  const host::Graph& graph = host::graph_of(builder);
  const host::Node* node = depth < 8 ? node_of(graph, v) : nullptr;
  if (node == nullptr) return {};
  if (host::traits_of(node->op).is_view) return bounds_of(builder, node->in[0], depth + 1);
  const auto* op = std::get_if<host::Pointwise>(&node->op);
  if (op == nullptr) return {};
  std::vector<Bounds> registers;
  for (const Value operand : node->in) registers.push_back(bounds_of(builder, operand, depth + 1));
  for (const host::Instruction& step : op->program.steps) registers.push_back(bounds_of_step(step, registers));
  return registers.back();
}

}  // namespace

std::optional<int64_t> literal_bound(const Builder& builder, Value v) {
  if (host::elements_of(host::graph_of(builder).info(v).shape) != 1) return std::nullopt;
  const Bounds bounds = bounds_of(builder, v, 0);
  return bounds.low == bounds.high ? std::optional(bounds.low) : std::nullopt;
}

}  // namespace keraunos::loader
