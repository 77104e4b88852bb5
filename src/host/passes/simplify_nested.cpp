#include <algorithm>

#include "host/passes/edit.h"
#include "host/passes/inline_graph.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

// Finds a carried value that the body returns unchanged.
int unchanged(const Loop& loop) {
  for (int i = 0; i < loop.carried; ++i) {
    if (loop.body->outputs[static_cast<size_t>(i)] == loop.body->inputs[static_cast<size_t>(i)]) return i;
  }
  return -1;
}

template <class List>
void move_to_end(List& list, int place) {
  const auto from = list.begin() + place;
  std::rotate(from, from + 1, list.end());
}

// Carried value `place` becomes the last captured one; its result becomes the operand.
void capture(Node& node, Loop& loop, int place, Substitution& substitution) {
  auto body = std::make_shared<Graph>(*loop.body);
  move_to_end(body->inputs, place);
  body->outputs.erase(body->outputs.begin() + place);
  loop.body = std::move(body);
  if (loop.condition != nullptr) {
    auto condition = std::make_shared<Graph>(*loop.condition);
    move_to_end(condition->inputs, place);
    loop.condition = std::move(condition);
  }
  --loop.carried;
  substitution.replace(node.out[static_cast<size_t>(place)], node.in[static_cast<size_t>(place)]);
  move_to_end(node.in, place);
  node.out.erase(node.out.begin() + place);
}

// Replaces input `one` of the graph by input `other`.
void replace_input(GraphPointer& pointer, size_t one, size_t other) {
  if (pointer == nullptr) return;
  auto graph = std::make_shared<Graph>(*pointer);
  Substitution substitution(*graph);
  substitution.replace(graph->inputs[one], graph->inputs[other]);
  substitution.apply(*graph);
  graph->inputs.erase(graph->inputs.begin() + static_cast<std::ptrdiff_t>(one));
  pointer = std::move(graph);
}

// A carried value with the same initial value and the same next value as an earlier one (often the output of a cell and its
// state) is merged with it.
bool merge_one(Node& node, Loop& loop, Substitution& substitution) {
  for (size_t i = 0; i < static_cast<size_t>(loop.carried); ++i) {
    for (size_t earlier = 0; earlier < i; ++earlier) {
      if (node.in[i] != node.in[earlier] || loop.body->outputs[i] != loop.body->outputs[earlier]) continue;
      replace_input(loop.body, i, earlier);
      replace_input(loop.condition, i, earlier);
      auto body = std::make_shared<Graph>(*loop.body);
      body->outputs.erase(body->outputs.begin() + static_cast<std::ptrdiff_t>(i));
      loop.body = std::move(body);
      --loop.carried;
      substitution.replace(node.out[i], node.out[earlier]);
      node.in.erase(node.in.begin() + static_cast<std::ptrdiff_t>(i));
      node.out.erase(node.out.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
  }
  return false;
}

bool simplify(Node& node, Loop& loop, Substitution& substitution) {
  bool changed = false;
  while (merge_one(node, loop, substitution)) changed = true;
  for (int place = unchanged(loop); place >= 0; place = unchanged(loop)) {
    capture(node, loop, place, substitution);
    changed = true;
  }
  return changed;
}

// The graph that a constant condition selects; null where the condition is not constant.
GraphPointer chosen(const Graph& graph, const Node& node) {
  const auto* branch = std::get_if<Branch>(&node.op);
  const Tensor* const condition = branch == nullptr ? nullptr : graph.info(node.in[0]).constant.get();
  if (condition == nullptr) return nullptr;
  return *static_cast<const bool*>(condition->data()) ? branch->then : branch->otherwise;
}

}  // namespace

bool simplify_nested(Graph& graph) {
  bool changed = false;
  Substitution substitution(graph);
  std::vector<Node> old = std::move(graph.nodes);
  graph.nodes.clear();
  for (Node& node : old) {
    for (Value& v : node.in) v = substitution(v);
    if (const GraphPointer only = chosen(graph, node)) {
      graph.origin = node.origin;
      const std::span<const Value> operands = std::span(node.in).subspan(1);
      const std::vector<Value> results = inline_graph(graph, *only, operands, constants_of(graph, *only));
      for (size_t i = 0; i < results.size(); ++i) substitution.replace(node.out[i], results[i]);
      changed = true;
      continue;
    }
    if (auto* loop = std::get_if<Loop>(&node.op); loop != nullptr && simplify(node, *loop, substitution)) changed = true;
    if (bind_constants(graph, node)) changed = true;
    graph.nodes.push_back(std::move(node));
  }
  substitution.apply(graph);
  return changed;
}

}  // namespace keraunos::host
