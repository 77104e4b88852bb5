// GraphDef: 1 node. From tensorflow/core/framework/graph.proto.
#include "loader/tf/frozen_graph.h"

#include <algorithm>
#include <array>
#include <set>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"
#include "loader/tf/raw_operations.h"
#include "loader/tf/shape_message.h"

namespace keraunos::loader {
namespace {

using files::ProtoReader;

constexpr size_t kMostListedNames = 500;  // bytes of a message
constexpr int64_t kMostPorts = 4096;

struct GraphPorts {
  std::vector<SignaturePort> placeholders;
  std::vector<SignaturePort> ends;  // outputs that no other node reads
  std::set<std::string> nodes;
};

std::string node_of_output(const std::string& tensor) { return tensor.substr(0, tensor.find(':')); }

// Nodes whose results are no results of a model: those without a tensor, and parts that freezing left behind.
bool is_no_result(const std::string& op) {
  constexpr std::string_view kAll =
      " NoOp Assert Const Placeholder PlaceholderWithDefault SaveV2 VarHandleOp VariableV2 Variable ";
  return kAll.find(' ' + op + ' ') != std::string_view::npos || op.starts_with("Assign");
}

int64_t count_in(const GraphNode& node, const char* attribute) {
  const NodeAttribute* found = node.find(attribute);
  const int64_t* number = found == nullptr ? nullptr : std::get_if<int64_t>(&found->value.value);
  return number == nullptr ? 1 : *number;
}

int64_t types_in(const GraphNode& node, const char* attribute) {
  const NodeAttribute* found = node.find(attribute);
  const auto* list = found == nullptr ? nullptr : std::get_if<Arg::List>(&found->value.value);
  return list == nullptr ? 1 : static_cast<int64_t>(list->size());
}

int64_t outputs_of(const GraphNode& node) {
  if (!output_names(node.op).empty()) return static_cast<int64_t>(number_of_outputs(node));
  if (node.op == "Split" || node.op == "SplitV") return count_in(node, "num_split");
  if (node.op == "Unpack") return count_in(node, "num");
  if (node.op == "IdentityN" || node.op.ends_with("While")) return types_in(node, "T");
  return node.op.ends_with("PartitionedCall") || node.op.ends_with("If") || node.op.ends_with("Case") ? types_in(node, "Tout")
                                                                                                      : 1;
}

SignaturePort placeholder_of(const GraphNode& node, const std::string& what) {
  SignaturePort port{.key = node.name, .tensor = node.name + ":0", .shape = {}};
  const NodeAttribute *type = node.find("dtype"), *shape = node.find("shape");
  const std::string* name = type == nullptr ? nullptr : std::get_if<std::string>(&type->value.value);
  const std::optional<DType> dtype = name == nullptr ? std::nullopt : dtype_named(*name);
  if (!dtype) throw ModelError(what + ": the placeholder \"" + node.name + "\" is no dense tensor of a type that is supported");
  port.dtype = *dtype;
  if (shape == nullptr || shape->kind != NodeAttribute::Kind::shape) return port;
  const auto sizes = sizes_of_shape(shape->message, what);
  if (!sizes) return port;
  port.shape.emplace();
  for (const int64_t size : *sizes) port.shape->push_back(size < 0 ? std::nullopt : std::optional(size));
  return port;
}

GraphPorts ports_of(std::string_view graph, const std::string& what) {
  GraphPorts ports;
  std::set<std::string> read;
  std::vector<std::pair<std::string, int64_t>> candidates;
  ProtoReader reader(graph, what);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    const GraphNode node = node_of_bytes(field->bytes, what);
    for (const std::string& input : node.inputs) read.insert(node_of_output(input.starts_with('^') ? input.substr(1) : input));
    if (node.op == "Placeholder") ports.placeholders.push_back(placeholder_of(node, what));
    if (!is_no_result(node.op)) candidates.emplace_back(node.name, std::clamp<int64_t>(outputs_of(node), 0, kMostPorts));
    ports.nodes.insert(node.name);
  }
  for (const auto& [name, count] : candidates) {
    if (read.contains(name)) continue;
    for (int64_t i = 0; i < count; ++i) {
      const std::string tensor = name + ':' + std::to_string(i);
      ports.ends.push_back({.key = count == 1 ? name : tensor, .tensor = tensor, .shape = {}});
    }
    if (ports.ends.size() > static_cast<size_t>(kMostPorts))
      throw ModelError(what + " has more than " + std::to_string(kMostPorts) +
                       " outputs that no other node reads; list the wanted ones as " + "LoadOptions::signature (--signature)");
  }
  return ports;
}

std::string candidates_in(const GraphPorts& ports) {
  std::string names;
  for (const SignaturePort& port : ports.ends) {
    if (names.size() > kMostListedNames) return names + ", …";
    names += (names.empty() ? "\"" : ", \"") + port.key + '"';
  }
  return names.empty() ? "none" : names;
}

std::vector<SignaturePort> chosen_outputs(const GraphPorts& ports, const std::string& wanted, const std::string& what) {
  std::vector<SignaturePort> outputs;
  const std::string advice = "; the nodes that no other node reads are " + candidates_in(ports);
  for (size_t at = 0; at <= wanted.size();) {
    const size_t end = std::min(wanted.find(',', at), wanted.size());
    const std::string name = wanted.substr(at, end - at), node = node_of_output(name);
    at = end + 1;
    if (!ports.nodes.contains(node))
      throw ModelError(what + " has no node \"" + node + "\", which LoadOptions::signature lists as an output" + advice);
    if (std::ranges::any_of(outputs, [&](const SignaturePort& output) { return output.key == name; }))
      throw UsageError("LoadOptions::signature lists \"" + name + "\" twice as an output of " + what);
    outputs.push_back({.key = name, .tensor = name == node ? node + ":0" : name, .shape = {}});
  }
  return outputs;
}

// Values of variables and tables are in other files.
void refuse_unfrozen(const FunctionBody& graph, const std::string& what) {
  for (const FunctionNode& node : graph.nodes) {
    const std::string& op = node.node.op;
    if (op == "VarHandleOp" || op == "VariableV2" || op == "Variable" || is_table(node.node))
      throw ModelError(
          what + " is a graph with \"" + node.node.name + "\" (" + op +
          "), whose contents are not in the file; freeze it with convert_variables_to_constants, or save a SavedModel");
  }
}

}  // namespace

bool looks_like_graph(std::string_view bytes) {
  constexpr char kFirstText = '\x0a';  // field 1, a text or message
  if (!bytes.starts_with(kFirstText)) return false;
  bytes.remove_prefix(1);
  const auto size = files::take_varint(bytes);
  if (!size || *size < 4 || !bytes.starts_with(kFirstText)) return false;
  bytes.remove_prefix(1);
  const auto length = files::take_varint(bytes);
  if (!length || *length == 0 || *length >= *size) return false;
  const std::string_view name = bytes.substr(0, static_cast<size_t>(std::min<uint64_t>(*length, bytes.size())));
  return std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < ' '; }) &&
         (bytes.size() <= name.size() || bytes[name.size()] == '\x12');
}

bool looks_like_graph_text(std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  return std::ranges::any_of(
      std::array{"node {", "node{", "node: {", "versions {", "library {", "saved_model_schema_version:", "meta_graphs {"},
      [&](const char* start) { return bytes.starts_with(start); });
}

std::shared_ptr<const FunctionModel> read_frozen_graph(const files::ByteSource& source, const std::string& outputs) {
  const std::string& what = source.name();
  const std::string text = files::read_text(source);
  const GraphPorts ports = ports_of(text, what);
  auto model = std::make_shared<FunctionModel>();
  model->signature.name = "graph";
  model->signature.outputs = outputs.empty() ? ports.ends : chosen_outputs(ports, outputs, what);
  if (model->signature.outputs.empty())
    throw ModelError(what +
                     " is a graph without results: it has no node that computes and that no other node reads; list outputs as " +
                     "LoadOptions::signature (--signature)");
  model->functions = std::make_unique<FunctionLibrary>(text, what, source.budget());
  std::vector<std::string> results;
  for (const SignaturePort& output : model->signature.outputs) results.push_back(output.tensor);
  model->graph = model->functions->main(results);
  refuse_unfrozen(model->graph, what);
  std::set<std::string> needed;
  for (const FunctionNode& node : model->graph.nodes) needed.insert(node.node.name);
  for (const SignaturePort& port : ports.placeholders) {
    if (!needed.contains(port.key)) continue;
    if (!port.shape)
      throw ModelError(what + ": the placeholder \"" + port.key +
                       "\" has a shape of unknown rank; write the graph again with tf.compat.v1.placeholder(…, shape=[None, …])");
    model->signature.inputs.push_back(port);
  }
  return model;
}

}  // namespace keraunos::loader
