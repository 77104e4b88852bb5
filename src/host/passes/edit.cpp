#include "host/passes/edit.h"

#include <algorithm>

namespace keraunos::host {

Uses::Uses(const Graph& graph) : maker_(graph.values.size(), -1), count_(graph.values.size(), 0) {
  const auto use = [&](Value v) {
    if (v) ++count_[static_cast<size_t>(v.id)];
  };
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (Value v : graph.nodes[i].out) maker_[static_cast<size_t>(v.id)] = static_cast<int>(i);
    for (Value v : graph.nodes[i].in) use(v);
  }
  for (Value v : graph.outputs) use(v);
  for (const State& state : graph.states) {
    if (state.after) use(state.after);
  }
}

void Substitution::replace(Value old, Value fresh) {
  to_.resize(std::max({to_.size(), static_cast<size_t>(old.id) + 1, static_cast<size_t>(fresh.id) + 1}), -1);
  for (size_t i = 0; i < to_.size(); ++i) {
    if (to_[i] < 0) to_[i] = static_cast<int>(i);
  }
  to_[static_cast<size_t>(old.id)] = fresh.id;
}

Value Substitution::operator()(Value v) const {
  while (v && static_cast<size_t>(v.id) < to_.size() && to_[static_cast<size_t>(v.id)] != v.id)
    v.id = to_[static_cast<size_t>(v.id)];
  return v;
}

void Substitution::apply(Graph& graph) const {
  for (Node& node : graph.nodes) {
    for (Value& v : node.in) v = (*this)(v);
  }
  for (Value& v : graph.outputs) v = (*this)(v);
  for (State& state : graph.states) state.after = (*this)(state.after);
}

void remove_dead(Graph& graph) {
  std::vector<char> alive(graph.values.size(), 0);
  const auto mark = [&](Value v) {
    if (v) alive[static_cast<size_t>(v.id)] = 1;
  };
  for (Value v : graph.outputs) mark(v);
  for (Value v : graph.inputs) mark(v);
  for (const State& state : graph.states) mark(state.before), mark(state.after);
  const auto used = [&](const Node& node) {
    return std::any_of(node.out.begin(), node.out.end(), [&](Value v) { return alive[static_cast<size_t>(v.id)] != 0; });
  };
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (!used(*node)) continue;
    for (Value v : node->in) mark(v);
    for (Value v : node->out) mark(v);
  }
  if (std::find(alive.begin(), alive.end(), 0) == alive.end()) return;  // a node is removed when none of its results is used
  std::erase_if(graph.nodes, [&](const Node& node) { return !used(node); });

  std::vector<int> renamed(graph.values.size(), -1);
  int count = 0;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (!alive[i]) continue;
    if (static_cast<size_t>(count) != i) graph.values[static_cast<size_t>(count)] = std::move(graph.values[i]);
    renamed[i] = count++;
  }
  graph.values.resize(static_cast<size_t>(count));
  const auto rename = [&](Value& v) {
    if (v) v.id = renamed[static_cast<size_t>(v.id)];
  };
  for (Node& node : graph.nodes) {
    for (Value& v : node.in) rename(v);
    for (Value& v : node.out) rename(v);
  }
  for (Value& v : graph.inputs) rename(v);
  for (Value& v : graph.outputs) rename(v);
  for (State& state : graph.states) rename(state.before), rename(state.after);
}

void merge_duplicate_inputs(Program& program, std::vector<Value>& in) {
  const size_t count = program.inputs.size();
  std::vector<char> read(count, 0);
  for (const Instruction& step : program.steps) {
    const uint8_t operands[] = {step.a, step.b, step.c};
    for (int k = 0; k < operands_of(step.function); ++k) {
      if (operands[k] < count) read[operands[k]] = 1;
    }
  }
  std::vector<uint8_t> renamed(count + program.steps.size());
  std::vector<Value> merged;
  std::vector<DType> types;
  for (size_t i = 0; i < count; ++i) {
    const auto found = std::find(merged.begin(), merged.end(), in[i]);
    renamed[i] = static_cast<uint8_t>(found - merged.begin());
    if (found != merged.end() || (!read[i] && count > 1)) continue;
    merged.push_back(in[i]);
    types.push_back(program.inputs[i]);
  }
  if (merged.size() == count) return;
  for (size_t i = 0; i < program.steps.size(); ++i) renamed[count + i] = static_cast<uint8_t>(merged.size() + i);
  for (Instruction& step : program.steps) rename_operands(step, [&](uint8_t r) { return renamed[r]; });
  program.inputs = std::move(types);
  in = std::move(merged);
}

}  // namespace keraunos::host
