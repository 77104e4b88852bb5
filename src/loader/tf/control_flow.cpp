#include "loader/tf/control_flow.h"

#include <algorithm>
#include <charconv>

#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

constexpr size_t kMostVisits = 20'000'000;

std::string_view base_of(std::string_view text) { return text.substr(0, text.find(':')); }

// The names of outputs that functions refer to: "name:output_true:0".
size_t named_output(std::string_view op, std::string_view name) {
  return (op.ends_with("Switch") && name == "output_true") || (op.ends_with("Merge") && name == "value_index") ? 1 : 0;
}

bool is_control_flow(const GraphNode& node) {
  constexpr std::string_view kAll = " Switch RefSwitch Merge RefMerge Enter RefEnter Exit RefExit NextIteration LoopCond ";
  return kAll.find(' ' + node.op + ' ') != std::string_view::npos;
}

// Drops nodes that no result needs, such as those of training.
void keep_needed(PlainGraph& plain) {
  const ControlFlowGraph graph(plain, {});
  std::vector<char> needed(plain.nodes.size());
  std::vector<size_t> open;
  const auto visit = [&](const std::string& text) {
    const auto input = graph.input(text);
    if (!input.is_known || needed[input.node] != 0) return;
    needed[input.node] = 1;
    open.push_back(input.node);
  };
  for (const std::string& result : plain.results) visit(result);
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    for (const std::string& input : plain.nodes[node].inputs) visit(input);
  }
  std::vector<GraphNode> kept;
  for (size_t i = 0; i < plain.nodes.size(); ++i) {
    if (needed[i] != 0) kept.push_back(std::move(plain.nodes[i]));
  }
  plain.nodes = std::move(kept);
}

}  // namespace

ControlFlowGraph::ControlFlowGraph(PlainGraph& graph, std::string where) : graph_(graph), where_(std::move(where)) {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) index_.emplace_back(graph_.nodes[i].name, i);
  std::sort(index_.begin(), index_.end());
}

ControlFlowGraph::Input ControlFlowGraph::input(const std::string& text) const {
  std::string_view rest = text;
  Input found{.is_control = rest.starts_with('^')};
  if (found.is_control) rest.remove_prefix(1);
  const std::string base(base_of(rest));
  const auto place = std::lower_bound(index_.begin(), index_.end(), std::pair(base, size_t{0}));
  if (place == index_.end() || place->first != base) return found;
  found.is_known = true;
  found.node = place->second;
  rest.remove_prefix(base.size());
  if (rest.empty()) return found;
  rest.remove_prefix(1);
  const size_t colon = rest.find(':');
  const std::string_view digits = colon == std::string_view::npos ? rest : rest.substr(colon + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), found.output);
  if (colon != std::string_view::npos) found.output += named_output(op(found.node), rest.substr(0, colon));
  return found;
}

ControlFlowGraph::Input ControlFlowGraph::input(size_t node, size_t place) const {
  const auto& inputs = graph_.nodes[node].inputs;
  if (place >= inputs.size()) fail(node, "has " + std::to_string(inputs.size()) + " inputs");
  return input(inputs[place]);
}

std::string ControlFlowGraph::source(const std::string& text) const {
  Input at = input(text);
  for (size_t steps = 0; at.is_known && op(at.node) == "Identity" && !node(at.node).inputs.empty(); ++steps) {
    if (steps > graph_.nodes.size()) fail(at.node, "reads itself");
    const Input next = input(at.node, 0);
    if (!next.is_known) return node(at.node).inputs[0];
    at = next;
  }
  return at.is_known ? node(at.node).name + ':' + std::to_string(at.output) : text;
}

void ControlFlowGraph::count_visit() {
  if (++visits_ > kMostVisits)
    throw ModelError(where_ + ": the conditionals and loops of TensorFlow 1 in it are nested too often to be read");
}

void ControlFlowGraph::fail(size_t node, const std::string& why) const {
  throw ModelError(where_ + ": the node \"" + graph_.nodes[node].name + "\" (" + graph_.nodes[node].op + ") " + why +
                   ", which is no conditional or loop that tf.cond or tf.while_loop writes; save the model with TensorFlow 2");
}

void ControlFlowGraph::add(GraphNode node) {
  const std::pair entry(node.name, graph_.nodes.size());
  graph_.nodes.push_back(std::move(node));
  index_.insert(std::upper_bound(index_.begin(), index_.end(), entry), entry);
}

void ControlFlowGraph::make_identity(size_t node, std::string input) {
  GraphNode& changed = graph_.nodes[node];
  changed.op = "Identity";
  changed.inputs = {std::move(input)};
  changed.attributes.clear();
}

GraphNode calling_node(std::string name, std::string op, std::vector<std::string> inputs,
                       const std::vector<std::pair<std::string, std::string>>& functions) {
  GraphNode node{.name = std::move(name), .op = std::move(op), .inputs = std::move(inputs), .attributes = {}};
  for (const auto& [attribute, function] : functions)
    node.attributes.push_back({.name = attribute, .kind = NodeAttribute::Kind::function, .value = {function}});
  return node;
}

std::vector<PlainGraph> replace_control_flow(PlainGraph& graph, const std::string& where) {
  std::vector<PlainGraph> functions;
  if (std::none_of(graph.nodes.begin(), graph.nodes.end(), is_control_flow)) return functions;
  if (graph.name.empty()) keep_needed(graph);
  ControlFlowGraph whole(graph, where);
  replace_loops(whole, functions);
  const size_t of_loops = functions.size();
  replace_branches(whole, functions);
  for (size_t i = 0; i < of_loops; ++i) {
    std::vector<PlainGraph> inner;
    PlainGraph function = std::move(functions[i]);
    ControlFlowGraph body(function, where);
    replace_branches(body, inner);
    functions[i] = std::move(function);
    std::move(inner.begin(), inner.end(), std::back_inserter(functions));
  }
  return functions;
}

}  // namespace keraunos::loader
