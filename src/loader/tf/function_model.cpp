// SignatureDef: 1 inputs, 2 outputs (maps). TensorInfo: 1 name, 2 dtype, 3 tensor_shape. From
// tensorflow/core/protobuf/meta_graph.proto.
#include "loader/tf/function_model.h"

#include <algorithm>
#include <deque>

#include "keraunos/error.h"
#include "loader/files/bytes.h"
#include "loader/files/protobuf.h"
#include "loader/tf/checkpoint.h"
#include "loader/tf/meta_graph.h"
#include "loader/tf/object_functions.h"
#include "loader/tf/shape_message.h"

namespace keraunos::loader {
namespace {

using files::ProtoReader;

SignaturePort port_of(const std::pair<std::string, std::string_view>& entry, const std::string& what) {
  SignaturePort port{.key = entry.first, .tensor = {}, .shape = {}};
  port.shape.emplace();
  std::optional<DType> dtype;
  ProtoReader reader(entry.second, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) port.tensor = field->bytes;
    if (field->number == 2) dtype = dtype_named(dtype_name_of(field->as_int()));
    if (field->number == 3) port.shape = shape_of_port(field->bytes, what);
  }
  if (port.tensor.empty() || !dtype)
    throw ModelError(what + ": \"" + port.key + "\" of the signature is no dense tensor of a type that is supported");
  port.dtype = *dtype;
  return port;
}

std::vector<std::string> callable_signatures(const MetaGraph& parts) {
  std::vector<std::string> names;
  for (const auto& [name, message] : parts.signatures) {
    if (name != "__saved_model_init_op") names.push_back(name);
  }
  return names;
}

std::string quoted(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + '"';
  return text;
}

constexpr const char* kHowToChoose = "; choose one with LoadOptions::signature (--signature)";

struct Chosen {
  std::string name;
  bool is_signature = true;  // or a function of an object
};

Chosen chosen_of(const MetaGraph& parts, const std::optional<ObjectGraph>& objects, const std::string& wanted,
                 const std::string& what) {
  const std::vector<std::string> signatures = callable_signatures(parts);
  const auto is_there = [&](const std::string& name) {
    return std::find(signatures.begin(), signatures.end(), name) != signatures.end();
  };
  const std::vector<std::string> functions = objects ? object_function_names(*objects) : std::vector<std::string>();
  if (wanted.empty()) {
    if (signatures.size() == 1) return {signatures[0]};
    if (is_there("serving_default")) return {"serving_default"};
    if (!signatures.empty())
      throw ModelError(what + " has no signature \"serving_default\"; it has " + quoted(signatures) + kHowToChoose);
    if (functions.size() == 1) return {functions[0], false};
    if (objects && has_object_function(*objects, "__call__")) return {"__call__", false};
    if (!functions.empty()) throw ModelError(what + " has no signature; its functions are " + quoted(functions) + kHowToChoose);
    throw ModelError(what +
                     " has no signature and no function, so that nothing in it can be called; save it with a signature: "
                     "signatures=…");
  }
  if (is_there(wanted)) return {wanted};
  if (objects && has_object_function(*objects, wanted)) return {wanted, false};
  throw ModelError(what + " has no signature \"" + wanted + "\"; it has " +
                   (signatures.empty() ? "no signatures" : quoted(signatures)) +
                   (functions.empty() ? "" : ", and the functions " + quoted(functions)));
}

ServingSignature signature_of(const MetaGraph& parts, const std::string& name, const std::string& what) {
  const auto found = parts.signatures.find(name);
  ServingSignature signature{.name = name, .inputs = {}, .outputs = {}};
  ProtoReader reader(found->second, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) signature.inputs.push_back(port_of(map_entry(field->bytes, what), what));
    if (field->number == 2) signature.outputs.push_back(port_of(map_entry(field->bytes, what), what));
  }
  const auto by_key = [](const SignaturePort& a, const SignaturePort& b) { return a.key < b.key; };
  std::sort(signature.inputs.begin(), signature.inputs.end(), by_key);
  std::sort(signature.outputs.begin(), signature.outputs.end(), by_key);
  if (signature.outputs.empty()) throw ModelError(what + ": the signature \"" + name + "\" gives no result");
  return signature;
}

// The key of each object's value: the checkpoint numbers the objects in another order, but the edges have the same names.
std::vector<std::string> keys_of(const ObjectGraph& objects, const ObjectGraph& saved) {
  std::vector<std::string> keys(objects.nodes().size());
  std::vector<bool> seen(objects.nodes().size());
  std::deque<std::pair<int, int>> queue{{0, 0}};
  seen[0] = true;
  while (!queue.empty()) {
    const auto [object, there] = queue.front();
    queue.pop_front();
    keys[static_cast<size_t>(object)] = saved.nodes()[static_cast<size_t>(there)].variable;
    for (const auto& [edge, child] : objects.nodes()[static_cast<size_t>(object)].children) {
      const int found = saved.child(there, edge);
      if (found < 0 || seen[static_cast<size_t>(child)]) continue;
      seen[static_cast<size_t>(child)] = true;
      queue.emplace_back(child, found);
    }
  }
  return keys;
}

constexpr std::string_view kMutableTable = "MutableHashTableV2";  // its contents are in the checkpoint

bool is_variable(const GraphNode& node) { return node.op == "VarHandleOp" || node.op == "VariableV2" || node.op == "Variable"; }

std::string name_without_suffix(std::string key) {
  constexpr std::string_view kSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
  if (key.ends_with(kSuffix)) key.resize(key.size() - kSuffix.size());
  return key;
}

struct Captured {
  std::string key;
  bool trainable = true;
};

// By the graph's nodes. A call's last operands are the values that its function captured.
std::map<std::string, Captured> captured_variables(const FunctionBody& graph, const ObjectGraph& objects,
                                                   const ObjectGraph& saved) {
  const std::vector<std::string> keys = keys_of(objects, saved);
  std::map<std::string, Captured> by_node;
  for (const FunctionNode& call : graph.nodes) {
    if (call.functions.size() != 1) continue;
    const std::vector<int>& captured = objects.captured_by(call.functions[0]);
    if (captured.size() > call.inputs.size()) continue;
    const size_t first = call.inputs.size() - captured.size();
    for (size_t i = 0; i < captured.size(); ++i) {
      const FunctionInput& input = call.inputs[first + i];
      const GraphNode& source = graph.nodes[input.node].node;
      const auto object = static_cast<size_t>(captured[i]);
      if (is_variable(source) || is_table(source)) by_node[source.name] = {keys[object], objects.nodes()[object].trainable};
    }
  }
  return by_node;
}

// TensorFlow 1 names variables after their nodes.
std::string key_by_name(const GraphNode& node) {
  const NodeAttribute* shared = node.find("shared_name");
  const std::string* name = shared == nullptr ? nullptr : std::get_if<std::string>(&shared->value.value);
  return name != nullptr && !name->empty() ? *name : node.name;
}

void read_variables(FunctionModel& model, const std::optional<ObjectGraph>& objects, const std::filesystem::path& folder,
                    const std::string& what, const files::SharedBudget& budget) {
  const auto& nodes = model.graph.nodes;
  const auto is_saved = [](const FunctionNode& node) { return is_variable(node.node) || node.node.op == kMutableTable; };
  if (std::none_of(nodes.begin(), nodes.end(), is_saved)) return;
  std::map<std::string, Captured> variables;
  std::shared_ptr<const Checkpoint> checkpoint;
  std::optional<TensorBundle> plain;
  if (objects) {
    checkpoint = open_checkpoint(folder, "variables/variables", budget);
    variables = captured_variables(model.graph, *objects, checkpoint->objects);
  } else {
    plain.emplace(folder, "variables/variables", budget);
  }
  const TensorBundle& bundle = checkpoint != nullptr ? checkpoint->bundle : *plain;
  std::map<std::string, bool> known;
  for (const FunctionNode& node : nodes) {
    if (!is_saved(node)) continue;
    const auto found = variables.find(node.node.name);
    const std::string stored = found == variables.end() ? std::string() : found->second.key;
    if (node.node.op == kMutableTable) {
      if (stored.empty() || !bundle.has(stored + "-keys")) continue;  // refused when it is read
      const std::string where = what + ": the table \"" + node.node.name + '"';
      const auto words = bundle.tensor_or_texts(stored + "-keys");
      budget->take(static_cast<uint64_t>(text::KeyValues::bytes_for(words->dims().elements())), where);
      model.tables[node.node.name] =
          std::make_shared<const text::KeyValues>(words, bundle.tensor_or_texts(stored + "-values"), where);
      continue;
    }
    const std::string key = stored.empty() ? key_by_name(node.node) : stored;
    const std::string name = name_without_suffix(key);
    model.variables[node.node.name] = name;
    if (known.emplace(name, true).second)
      model.weights.push_back(
          {.name = name, .trainable = found == variables.end() || found->second.trainable, .tensor = bundle.tensor(key)});
  }
}

}  // namespace

std::optional<std::vector<std::optional<int64_t>>> shape_of_port(std::string_view message, const std::string& what) {
  const auto sizes = sizes_of_shape(message, what);
  if (!sizes) return std::nullopt;
  std::vector<std::optional<int64_t>> shape;
  for (const int64_t size : *sizes) shape.push_back(size < 0 ? std::nullopt : std::optional(size));
  return shape;
}

std::shared_ptr<const FunctionModel> read_function_model(const std::filesystem::path& folder, const std::string& signature,
                                                         const files::SharedBudget& budget) {
  const std::string what = (folder / "saved_model.pb").string();
  const std::string text = files::read_text(*files::open_inside(folder, "saved_model.pb", budget));
  const MetaGraph parts = meta_graph_of(text, what);
  auto model = std::make_shared<FunctionModel>();
  std::optional<ObjectGraph> objects;
  if (!parts.objects.empty()) objects = ObjectGraph::of_saved_model(parts.objects, what, *budget);
  const Chosen chosen = chosen_of(parts, objects, signature, what);
  model->functions = std::make_unique<FunctionLibrary>(parts.graph, what, *budget);
  if (chosen.is_signature) {
    model->signature = signature_of(parts, chosen.name, what);
  } else {
    ObjectFunction function = object_function(parts, *objects, chosen.name, what);
    model->functions->add(call_nodes(parts, *objects, function, what));
    model->signature = std::move(function.signature);
  }
  std::vector<std::string> results;
  for (const SignaturePort& output : model->signature.outputs) results.push_back(output.tensor);
  model->graph = model->functions->main(results);
  if (model->functions->assigns()) model->graph = model->functions->main_in_order(results);
  read_variables(*model, objects, folder, what, budget);
  const auto& nodes = model->graph.nodes;
  if (std::any_of(nodes.begin(), nodes.end(), [](const FunctionNode& node) { return is_table(node.node); }))
    model->tables.merge(lookup_tables_of(*model->functions, parts, folder, what, budget));
  return model;
}

}  // namespace keraunos::loader
