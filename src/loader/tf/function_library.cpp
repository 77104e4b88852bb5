// GraphDef: 1 node, 2 library {1 function}. FunctionDef: 1 signature {1 name, 2 input_arg {1 name}, 3 output_arg {1 name}}, 3
// node_def, 4 ret (a map), 6 control_ret (a map). From tensorflow/core/framework/{graph,function,op_def}.proto.
#include "loader/tf/function_library.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"
#include "loader/tf/raw_operations.h"
#include "loader/tf/tensor_message.h"

namespace keraunos::loader {

using files::ProtoReader;

namespace {

constexpr size_t kDeepestCalls = 64;
constexpr size_t kMostOutputs = 1 << 16;

std::string_view text_field(std::string_view message, uint32_t number, const std::string& where) {
  std::string_view text;
  ProtoReader reader(message, where);
  while (const auto field = reader.next()) {
    if (field->number == number) text = field->bytes;
  }
  return text;
}

std::optional<size_t> number_of(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number < kMostOutputs ? std::optional(number) : std::nullopt;
}

bool is_assignment(const GraphNode& node) {
  return node.op.starts_with("Assign") || node.op.starts_with("ResourceScatter") ||
         node.op.starts_with("ResourceStridedSliceAssign");
}

// No node reads it: it waits for others, and a function runs it even if its results do not need it.
bool is_assertion(const GraphNode& node) { return node.op == "Assert"; }

// Nodes whose order matters where variables are assigned to, and which a function runs even if its results do not need them.
bool is_ordered(const GraphNode& node) {
  return is_assignment(node) || node.op == "ReadVariableOp" || node.op.ends_with("PartitionedCall") || node.op == "If" ||
         node.op == "While";
}

bool has_effects(const GraphNode& node) {
  return node.op.starts_with("InitializeTable") || node.op.starts_with("LookupTableImport") ||
         node.op.ends_with("PartitionedCall");
}

std::vector<std::string> functions_of(const GraphNode& node) {
  std::vector<std::string> names;
  for (const char* attribute : {"f", "cond", "body", "then_branch", "else_branch", "branches"}) {
    const NodeAttribute* found = node.find(attribute);
    if (found == nullptr || found->kind != NodeAttribute::Kind::function) continue;
    if (const auto* name = std::get_if<std::string>(&found->value.value)) names.push_back(*name);
    const auto* list = std::get_if<Arg::List>(&found->value.value);
    for (size_t i = 0; list != nullptr && i < list->size(); ++i) names.push_back(std::get<std::string>((*list)[i].value));
  }
  return names;
}

}  // namespace

namespace {

class Sorter {
 public:
  Sorter(const std::vector<std::string>& arguments, std::vector<GraphNode>& nodes, bool keeps_order, std::string where)
      : nodes_(nodes), keeps_order_(keeps_order), where_(std::move(where)) {
    for (size_t i = 0; i < arguments.size(); ++i) arguments_.emplace(arguments[i], i);
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (!index_.emplace(nodes[i].name, i).second) fail("has two nodes \"" + nodes[i].name + '"');
    }
    state_.assign(nodes.size(), State::unseen);
    place_.assign(nodes.size(), 0);
  }

  // Depth first without recursion, because chains of nodes may have any length.
  void visit(size_t root, std::vector<FunctionNode>& order) {
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

  void visit(const std::string& name, std::vector<FunctionNode>& order) {
    const auto found = index_.find(name);
    if (found != index_.end() && is_ordered(nodes_[found->second])) visit(found->second, order);
  }

  FunctionInput input(const std::string& text, std::vector<FunctionNode>& order) {
    const std::string base = base_of(text);
    if (const auto found = arguments_.find(base); found != arguments_.end() && text == base) return {found->second, 0, true};
    const auto found = index_.find(base);
    if (found == index_.end()) fail("reads \"" + text + "\", which is not there");
    visit(found->second, order);
    return {place_[found->second], output_of(nodes_[found->second], order[place_[found->second]], text.substr(base.size())),
            false};
  }

  [[noreturn]] void fail(const std::string& why) const { throw ModelError(where_ + ' ' + why); }

 private:
  enum class State : uint8_t { unseen, open, done };
  // NoOp only passes on what it waits for.
  bool waits_for(size_t node) const {
    return is_ordered(nodes_[node]) || nodes_[node].op == "NoOp" || nodes_[node].op == "Identity";
  }
  static std::string base_of(const std::string& text) { return text.substr(0, text.find(':')); }

  // ":1" in graphs, ":values:0" in functions, where the elements of a list are numbered.
  size_t output_of(const GraphNode& node, const FunctionNode& placed, std::string_view rest) const {
    if (rest.empty()) return 0;
    const size_t colon = rest.find(':', 1);
    if (colon == std::string_view::npos) return checked(number_of(rest.substr(1)), node);
    const size_t number = checked(number_of(rest.substr(colon + 1)), node);
    std::string_view names = output_names(placed.node.op);
    if (names.empty()) return number;  // a single output, or a list
    const std::string_view wanted = rest.substr(1, colon - 1);
    for (size_t output = 0; !names.empty(); ++output) {
      const size_t end = std::min(names.find(' '), names.size());
      if (names.substr(0, end) == wanted) return output + number;
      names.remove_prefix(std::min(end + 1, names.size()));
    }
    return checked(std::nullopt, node);
  }

  size_t checked(std::optional<size_t> number, const GraphNode& node) const {
    if (!number) fail("reads an output of the node \"" + node.name + "\" that it does not have");
    return *number;
  }

  void finish(size_t node, std::vector<FunctionNode>& order) {
    state_[node] = State::done;
    FunctionNode placed{.node = nodes_[node], .inputs = {}};
    for (const std::string& text : placed.node.inputs) {
      if (!text.starts_with('^')) placed.inputs.push_back(input(text, order));
    }
    place_[node] = order.size();
    order.push_back(std::move(placed));
  }

  std::vector<GraphNode>& nodes_;
  bool keeps_order_;
  std::string where_;
  std::map<std::string, size_t> arguments_, index_;
  std::vector<State> state_;
  std::vector<size_t> place_;
};

}  // namespace

FunctionLibrary::FunctionLibrary(std::string_view graph, std::string where, files::MemoryBudget& budget)
    : where_(std::move(where)), budget_(budget), graph_(graph) {
  ProtoReader reader(graph, where_);
  while (const auto field = reader.next()) {
    if (field->number != 2) continue;
    ProtoReader library(field->bytes, where_);
    while (const auto function = library.next()) {
      if (function->number != 1) continue;
      const std::string_view signature = text_field(function->bytes, 1, where_);
      messages_.emplace(text_field(signature, 1, where_), function->bytes);
    }
  }
}

FunctionBody FunctionLibrary::body_of(PlainGraph graph, std::vector<std::string>& callers) {
  for (PlainGraph& made : replace_control_flow(graph, where_)) {
    std::string name = made.name;
    made_.insert_or_assign(std::move(name), std::move(made));
  }
  FunctionBody body{.name = std::move(graph.name), .arguments = std::move(graph.arguments), .nodes = {}, .results = {}};
  const std::string what = where_ + ": " + (body.name.empty() ? "the graph" : "the function " + body.name);
  // Outside of functions these are TensorFlow 1's savers.
  const auto assignment = std::find_if(graph.nodes.begin(), graph.nodes.end(), is_assignment);
  if (!body.name.empty() && assignment != graph.nodes.end()) body.assignment = assignment->name;
  for (GraphNode& node : graph.nodes) {
    if (is_assertion(node) && !node.inputs.empty()) node.inputs.resize(1);  // the others are texts of its message
  }
  Sorter sorter(body.arguments, graph.nodes, keeps_order_ && !body.name.empty(), what);
  for (const std::string& result : graph.results) body.results.push_back(sorter.input(result, body.nodes));
  for (size_t i = 0; !body.name.empty() && i < graph.nodes.size(); ++i) {
    if (is_assertion(graph.nodes[i]) || (keeps_effects_ && has_effects(graph.nodes[i]))) sorter.visit(i, body.nodes);
  }
  for (size_t i = 0; keeps_order_ && i < graph.effects.size(); ++i) sorter.visit(graph.effects[i], body.nodes);
  for (FunctionNode& placed : body.nodes) {
    placed.functions = functions_of(placed.node);
    const NodeAttribute* value = placed.node.op == "Const" ? placed.node.find("value") : nullptr;
    if (value != nullptr) placed.constant = tensor_of_message(value->message, what + ": \"" + placed.node.name + '"', budget_);
    if (placed.node.op == "Const" && placed.constant == nullptr)
      sorter.fail("has a constant without a value, \"" + placed.node.name + '"');
    for (const std::string& function : placed.functions) read_function(function, callers);
  }
  return body;
}

void FunctionLibrary::read_function(const std::string& name, std::vector<std::string>& callers) {
  if (std::find(callers.begin(), callers.end(), name) != callers.end())
    throw ModelError(where_ + ": the function " + name + " calls itself, which cannot run");
  if (bodies_.contains(name)) return;
  if (callers.size() >= kDeepestCalls)
    throw ModelError(where_ + ": functions call each other more than " + std::to_string(kDeepestCalls) + " deep");
  const auto made = made_.find(name);
  if (made != made_.end()) return add_body(PlainGraph(made->second), callers);
  const auto message = messages_.find(name);
  if (message == messages_.end()) throw ModelError(where_ + ": the function " + name + " is called and is not there");
  budget_.take(4 * message->second.size(), where_);  // estimated bytes that are kept of it
  PlainGraph pending{.name = name, .arguments = {}, .results = {}, .nodes = {}};
  std::vector<std::string> outputs;
  std::map<std::string, std::string> sources;
  ProtoReader reader(message->second, where_);
  while (const auto field = reader.next()) {
    if (field->number == 3) pending.nodes.push_back(node_of_bytes(field->bytes, where_ + ": the function " + name));
    if (field->number == 6) pending.effects.emplace_back(text_field(field->bytes, 2, where_));
    if (field->number == 4) sources.emplace(text_field(field->bytes, 1, where_), text_field(field->bytes, 2, where_));
    if (field->number != 1) continue;
    ProtoReader signature(field->bytes, where_);
    while (const auto part = signature.next()) {
      if (part->number == 2) pending.arguments.emplace_back(text_field(part->bytes, 1, where_));
      if (part->number == 3) outputs.emplace_back(text_field(part->bytes, 1, where_));
    }
  }
  for (const std::string& output : outputs) {
    const auto source = sources.find(output);
    if (source == sources.end()) throw ModelError(where_ + ": the function " + name + " has no source for its result " + output);
    pending.results.push_back(source->second);
  }
  add_body(std::move(pending), callers);
}

void FunctionLibrary::add_body(PlainGraph graph, std::vector<std::string>& callers) {
  const std::string name = graph.name;
  callers.push_back(name);
  FunctionBody body = body_of(std::move(graph), callers);
  callers.pop_back();
  bodies_.emplace(name, std::move(body));
}

// Outside of functions an operation without results only waits for others.
FunctionBody FunctionLibrary::initialization(const std::string& operation) {
  std::map<std::string, GraphNode> nodes;
  budget_.take(4 * graph_.size(), where_);
  ProtoReader reader(graph_, where_);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    GraphNode node = node_of_bytes(field->bytes, where_);
    std::string name = node.name;
    nodes.emplace(std::move(name), std::move(node));
  }
  std::vector<std::string> roots, open{operation};
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    const auto found = nodes.find(name);
    if (found == nodes.end() || !seen.insert(name).second) continue;
    if (found->second.op != "NoOp") roots.push_back(name);
    for (const std::string& input : found->second.inputs) {
      if (input.starts_with('^')) open.push_back(input.substr(1));
    }
  }
  keeps_effects_ = true;
  FunctionBody body = main(roots);
  keeps_effects_ = false;
  return body;
}

bool FunctionLibrary::assigns() const {
  return std::any_of(bodies_.begin(), bodies_.end(), [](const auto& entry) { return !entry.second.assignment.empty(); });
}

FunctionBody FunctionLibrary::main_in_order(const std::vector<std::string>& results) {
  bodies_.clear();
  keeps_order_ = true;
  FunctionBody body = main(results);
  keeps_order_ = false;
  return body;
}

FunctionBody FunctionLibrary::main(const std::vector<std::string>& results) {
  PlainGraph pending{.name = {}, .arguments = {}, .results = results, .nodes = {}};
  budget_.take(4 * graph_.size(), where_);
  ProtoReader reader(graph_, where_);
  while (const auto field = reader.next()) {
    if (field->number == 1) pending.nodes.push_back(node_of_bytes(field->bytes, where_));
  }
  std::vector<std::string> callers;
  return body_of(std::move(pending), callers);
}

}  // namespace keraunos::loader
