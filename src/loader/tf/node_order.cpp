#include "loader/tf/node_order.h"

#include <algorithm>
#include <charconv>

#include "keraunos/error.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

constexpr size_t kMostOutputs = 1 << 16;

std::string base_of(const std::string& text) { return text.substr(0, text.find(':')); }

std::optional<size_t> number_of(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number < kMostOutputs ? std::optional(number) : std::nullopt;
}

// Nodes whose order matters where variables are assigned to, and which a function runs even if its results do not need them.
bool is_ordered(const GraphNode& node) {
  constexpr std::string_view kOthers = " ReadVariableOp ResourceGather ResourceGatherNd If While Case ";
  return is_assignment(node) || node.op.ends_with("PartitionedCall") ||
         kOthers.find(' ' + node.op + ' ') != std::string_view::npos;
}

}  // namespace

bool is_assignment(const GraphNode& node) {
  return node.op.starts_with("Assign") || node.op.starts_with("ResourceScatter") ||
         node.op.starts_with("ResourceStridedSliceAssign");
}

NodeOrder::NodeOrder(const std::vector<std::string>& arguments, std::vector<GraphNode>& nodes, bool keeps_order,
                     std::string where)
    : nodes_(nodes), keeps_order_(keeps_order), where_(std::move(where)) {
  for (size_t i = 0; i < arguments.size(); ++i) arguments_.emplace(arguments[i], i);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!index_.emplace(nodes[i].name, i).second) fail("has two nodes \"" + nodes[i].name + '"');
  }
  state_.assign(nodes.size(), State::unseen);
  place_.assign(nodes.size(), 0);
}

// Depth first without recursion, because chains of nodes may have any length.
void NodeOrder::visit(size_t root, std::vector<FunctionNode>& order) {
  std::vector<std::pair<size_t, size_t>> stack{{root, 0}};
  while (!stack.empty()) {
    auto& [node, next] = stack.back();
    if (next == 0 && state_[node] == State::done) {
      stack.pop_back();
      continue;
    }
    state_[node] = State::open;
    const auto& inputs = nodes_[node].inputs;
    if (next == inputs.size()) {
      finish(node, order);
      stack.pop_back();
      continue;
    }
    const std::string& input = inputs[next++];
    const bool is_control = input.starts_with('^');
    if (is_control && !keeps_order_) continue;
    const auto found = index_.find(base_of(is_control ? input.substr(1) : input));
    if (found == index_.end() || (is_control && !waits_for(found->second)))
      continue;  // an argument, or undefined: finish() distinguishes
    if (state_[found->second] == State::open)
      fail("has nodes that read each other in a circle, \"" + nodes_[found->second].name + '"');
    if (state_[found->second] == State::unseen) stack.emplace_back(found->second, 0);
  }
}

void NodeOrder::visit(const std::string& name, std::vector<FunctionNode>& order) {
  const auto found = index_.find(name);
  if (found != index_.end() && is_ordered(nodes_[found->second])) visit(found->second, order);
}

FunctionInput NodeOrder::input(const std::string& text, std::vector<FunctionNode>& order) {
  const std::string base = base_of(text);
  if (const auto found = arguments_.find(base); found != arguments_.end() && text == base) return {found->second, 0, true};
  const auto found = index_.find(base);
  if (found == index_.end()) fail("reads \"" + text + "\", which is not there");
  visit(found->second, order);
  return {place_[found->second], output_of(nodes_[found->second], order[place_[found->second]], text.substr(base.size())), false};
}

void NodeOrder::fail(const std::string& why) const { throw ModelError(where_ + ' ' + why); }

// NoOp only passes on what it waits for.
bool NodeOrder::waits_for(size_t node) const {
  return is_ordered(nodes_[node]) || nodes_[node].op == "NoOp" || nodes_[node].op == "Identity";
}

// ":1" in graphs, ":values:0" in functions, where the elements of a list are numbered.
size_t NodeOrder::output_of(const GraphNode& node, const FunctionNode& placed, std::string_view rest) const {
  if (rest.empty()) return 0;
  const size_t colon = rest.find(':', 1);
  if (colon == std::string_view::npos) return checked(number_of(rest.substr(1)), node);
  const size_t number = checked(number_of(rest.substr(colon + 1)), node);
  if (output_names(placed.node.op).empty()) return number;  // a single output, or a list
  const auto first = first_output(placed.node, rest.substr(1, colon - 1));
  return checked(first ? std::optional(*first + number) : std::nullopt, node);
}

size_t NodeOrder::checked(std::optional<size_t> number, const GraphNode& node) const {
  if (!number) fail("reads an output of the node \"" + node.name + "\" that it does not have");
  return *number;
}

void NodeOrder::finish(size_t node, std::vector<FunctionNode>& order) {
  state_[node] = State::done;
  FunctionNode placed{.node = nodes_[node], .inputs = {}};
  for (const std::string& text : placed.node.inputs) {
    if (!text.starts_with('^')) placed.inputs.push_back(input(text, order));
  }
  place_[node] = order.size();
  order.push_back(std::move(placed));
}

}  // namespace keraunos::loader
