// GraphDef: 1 node, 2 library {1 function}. FunctionDef: 1 signature {1 name, 2 input_arg {1 name}, 3 output_arg {1 name}}, 3
// node_def, 4 ret (a map), 6 control_ret (a map). From tensorflow/core/framework/{graph,function,op_def}.proto.
#include "loader/tf/function_library.h"

#include <algorithm>
#include <set>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"
#include "loader/tf/node_order.h"
#include "loader/tf/tensor_message.h"

namespace keraunos::loader {

using files::ProtoReader;

namespace {

constexpr size_t kDeepestCalls = 64;

std::string_view text_field(std::string_view message, uint32_t number, const std::string& where) {
  std::string_view text;
  ProtoReader reader(message, where);
  while (const auto field = reader.next()) {
    if (field->number == number) text = field->bytes;
  }
  return text;
}

// No node reads it: it waits for others, and a function runs it even if its results do not need it.
bool is_assertion(const GraphNode& node) { return node.op == "Assert"; }

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
  const auto assignment =
      std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const GraphNode& node) { return changes_variables(node); });
  if (!body.name.empty() && assignment != graph.nodes.end()) body.assignment = assignment->name;
  for (GraphNode& node : graph.nodes) {
    if (is_assertion(node) && !node.inputs.empty()) node.inputs.resize(1);  // the others are texts of its message
  }
  NodeOrder sorter(body.arguments, graph.nodes, keeps_order_ && !body.name.empty(), what);
  for (const std::string& result : graph.results) body.results.push_back(sorter.input(result, body.nodes));
  for (size_t i = 0; !body.name.empty() && i < graph.nodes.size(); ++i) {
    if (is_assertion(graph.nodes[i]) || (keeps_effects_ && has_effects(graph.nodes[i]))) sorter.visit(i, body.nodes);
  }
  for (size_t i = 0; keeps_order_ && i < graph.effects.size(); ++i) sorter.visit(graph.effects[i], body.nodes);
  for (FunctionNode& placed : body.nodes) {
    placed.functions = functions_of(placed.node);
    const NodeAttribute* value = placed.node.op == "Const" ? placed.node.find("value") : nullptr;
    if (value != nullptr) placed.constant = tensor_of_message(value->message, what + ": \"" + placed.node.name + '"', budget_);
    if (placed.node.op == "Const" && placed.constant.tensor == nullptr)
      sorter.fail("has a constant without a value, \"" + placed.node.name + '"');
    for (const std::string& function : placed.functions) read_function(function, callers);
  }
  return body;
}

void FunctionLibrary::refuse_depth() const {
  throw ModelError(where_ + ": functions call each other more than " + std::to_string(kDeepestCalls) + " deep");
}

// Also by a function that no result needs, such as a branch that only assigns.
bool FunctionLibrary::changes_variables(const GraphNode& node, size_t depth) {
  if (is_assignment(node)) return true;
  if (depth >= kDeepestCalls) refuse_depth();
  for (const std::string& name : functions_of(node)) {
    const auto message = messages_.find(name);
    const auto [known, is_new] = changes_.try_emplace(name, false);
    if (is_new && message != messages_.end()) {
      ProtoReader reader(message->second, where_);
      bool changes = false;
      while (const auto field = reader.next()) {
        if (field->number == 3 && !changes) changes = changes_variables(node_of_bytes(field->bytes, where_), depth + 1);
      }
      changes_[name] = changes;
    }
    if (changes_[name]) return true;
  }
  return false;
}

void FunctionLibrary::read_function(const std::string& name, std::vector<std::string>& callers) {
  if (std::find(callers.begin(), callers.end(), name) != callers.end())
    throw ModelError(where_ + ": the function " + name + " calls itself, which cannot run");
  if (bodies_.contains(name)) return;
  if (callers.size() >= kDeepestCalls) refuse_depth();
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
FunctionBody FunctionLibrary::initialization(const std::vector<std::string>& operations) {
  std::map<std::string, GraphNode> nodes;
  budget_.take(4 * graph_.size(), where_);
  ProtoReader reader(graph_, where_);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    GraphNode node = node_of_bytes(field->bytes, where_);
    std::string name = node.name;
    nodes.emplace(std::move(name), std::move(node));
  }
  std::vector<std::string> roots, open = operations;
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
  PlainGraph pending{.name = {}, .arguments = {}, .results = results, .nodes = added_};
  budget_.take(4 * graph_.size(), where_);
  ProtoReader reader(graph_, where_);
  while (const auto field = reader.next()) {
    if (field->number == 1) pending.nodes.push_back(node_of_bytes(field->bytes, where_));
  }
  std::vector<std::string> callers;
  return body_of(std::move(pending), callers);
}

}  // namespace keraunos::loader
