// SavedObjectGraph: 2 concrete_functions (map of {2 bound_inputs, 3 canonicalized_input_signature, 4 output_signature}). The
// input signature is a tuple of the positional arguments (a tuple) and of the others (a dictionary). FunctionDef: 1 signature {1
// name, 2 input_arg {1 name}}, 3 node_def. From tensorflow/core/protobuf/saved_object_graph.proto and
// tensorflow/core/framework/function.proto.
#include "loader/tf/object_functions.h"

#include <algorithm>
#include <charconv>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"
#include "loader/tf/structured_value.h"

namespace keraunos::loader {
namespace {

using files::ProtoReader;

constexpr std::string_view kCall = "object_function_call", kArgument = "object_function_argument/",
                           kCaptured = "object_function_captured/";

struct WantedFunction {
  std::string path;
  std::optional<size_t> trace;
};

WantedFunction wanted_of(const std::string& name) {
  const size_t colon = name.rfind(':');
  size_t trace = 0;
  if (colon == std::string::npos) return {name, {}};
  const char *begin = name.data() + colon + 1, *end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(begin, end, trace);
  if (error != std::errc{} || stop != end) return {name, {}};
  return {name.substr(0, colon), trace};
}

std::string_view field_of(std::string_view message, uint32_t number, const std::string& what) {
  std::string_view bytes;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == number) bytes = field->bytes;
  }
  return bytes;
}

std::string_view saved_function(const MetaGraph& parts, const std::string& concrete, const std::string& what) {
  ProtoReader reader(parts.objects, what);
  while (const auto field = reader.next()) {
    if (field->number != 2) continue;
    const auto [name, message] = map_entry(field->bytes, what);
    if (name == concrete) return message;
  }
  throw ModelError(what + ": the function " + concrete + " of an object is not there");
}

// The FunctionDef of that name; empty where there is none.
std::string_view definition_of(const MetaGraph& parts, const std::string& concrete, const std::string& what) {
  ProtoReader library(field_of(parts.graph, 2, what), what);
  while (const auto function = library.next()) {
    if (function->number == 1 && field_of(field_of(function->bytes, 1, what), 1, what) == concrete) return function->bytes;
  }
  return {};
}

std::vector<std::string> argument_names(const MetaGraph& parts, const std::string& concrete, const std::string& what) {
  std::vector<std::string> names;
  const std::string_view signature = field_of(definition_of(parts, concrete, what), 1, what);
  ProtoReader reader(signature, what);
  while (const auto field = reader.next()) {
    if (field->number == 2) names.emplace_back(field_of(field->bytes, 1, what));
  }
  return names;
}

[[noreturn]] void refuse_leaf(const std::string& name, const char* verb, const std::string& text, const std::string& what) {
  throw ModelError(what + ": the function \"" + name + "\" " + verb + ' ' + text +
                   ", which is not supported; save the model with a signature of dense tensors: signatures=…");
}

ObjectFunction function_of(const MetaGraph& parts, const ObjectGraph& objects, const std::string& concrete,
                           const std::string& name, const std::string& what) {
  ObjectFunction function{.concrete = concrete, .signature = {.name = name, .inputs = {}, .outputs = {}}, .arguments = {}};
  const std::string_view message = saved_function(parts, concrete, what);
  const std::vector<std::string> names = argument_names(parts, concrete, what);
  for (StructuredLeaf& leaf : leaves_of(field_of(message, 3, what), what)) {
    function.trains = function.trains || (leaf.is_value && leaf.text == "True");
    if (leaf.is_value) {
      function.arguments.push_back(leaf.text);
      continue;
    }
    if (!leaf.tensor) refuse_leaf(name, "takes", leaf.text, what);
    const size_t place = function.signature.inputs.size();
    if (place >= names.size()) throw ModelError(what + ": the function " + concrete + " has too few arguments");
    leaf.tensor->key = names[place];
    leaf.tensor->tensor = std::string(kArgument) + names[place];
    function.arguments.push_back(names[place] + ' ' + leaf.text);
    function.signature.inputs.push_back(std::move(*leaf.tensor));
  }
  if (names.size() != function.signature.inputs.size() + objects.captured_by(concrete).size())
    throw ModelError(what + ": the function " + concrete + " has " + std::to_string(names.size()) +
                     " arguments, which are not its tensors and the objects that it reads");
  size_t output = 0;
  for (StructuredLeaf& leaf : leaves_of(field_of(message, 4, what), what)) {
    if (leaf.is_value) continue;
    if (!leaf.tensor) refuse_leaf(name, "gives", leaf.text, what);
    const bool is_named = leaf.path.find_first_not_of("0123456789/") != std::string::npos;
    leaf.tensor->key = is_named ? leaf.path : "output_" + std::to_string(output);
    leaf.tensor->tensor = std::string(kCall) + ':' + std::to_string(output++);
    function.signature.outputs.push_back(std::move(*leaf.tensor));
  }
  if (output == 0) throw ModelError(what + ": the function \"" + name + "\" gives no tensor");
  return function;
}

std::string listed(const ObjectFunction& function) {
  std::string text;
  for (const std::string& argument : function.arguments) text += (text.empty() ? "" : ", ") + argument;
  return '(' + text + ')';
}

// The node of the graph that makes the table with the shared name that the object's function for making it has.
std::string table_of(const MetaGraph& parts, const ObjectGraph& objects, int object, const std::string& what) {
  const auto shared_name = [](const GraphNode& node) {
    const NodeAttribute* found = is_table(node) ? node.find("shared_name") : nullptr;
    const auto* text = found == nullptr ? nullptr : std::get_if<std::string>(&found->value.value);
    return text == nullptr ? std::string() : *text;
  };
  const int maker = objects.child(object, "_create_resource");
  if (maker < 0 || objects.nodes()[static_cast<size_t>(maker)].functions.empty()) return {};
  std::string wanted;
  ProtoReader reader(definition_of(parts, objects.nodes()[static_cast<size_t>(maker)].functions[0], what), what);
  while (const auto field = reader.next()) {
    if (field->number == 3 && wanted.empty()) wanted = shared_name(node_of_bytes(field->bytes, what));
  }
  ProtoReader graph(parts.graph, what);
  while (const auto field = graph.next()) {
    if (field->number != 1 || wanted.empty()) continue;
    const GraphNode node = node_of_bytes(field->bytes, what);
    if (shared_name(node) == wanted) return node.name;
  }
  return {};
}

}  // namespace

std::vector<std::string> object_function_names(const ObjectGraph& objects) {
  const auto functions_below = [&](int object, const std::string& before, std::vector<std::string>& names) {
    for (const auto& [edge, child] : objects.nodes()[static_cast<size_t>(object)].children) {
      if (!objects.nodes()[static_cast<size_t>(child)].functions.empty()) names.push_back(before + edge);
    }
  };
  std::vector<std::string> names;
  functions_below(0, {}, names);
  if (!names.empty()) return names;
  for (const auto& [edge, child] : objects.nodes()[0].children) functions_below(child, edge + '/', names);
  return names;
}

bool has_object_function(const ObjectGraph& objects, const std::string& name) {
  const int node = objects.descendant(0, wanted_of(name).path);
  return node > 0 && !objects.nodes()[static_cast<size_t>(node)].functions.empty();
}

ObjectFunction object_function(const MetaGraph& parts, const ObjectGraph& objects, const std::string& name,
                               const std::string& what) {
  const WantedFunction wanted = wanted_of(name);
  const int node = objects.descendant(0, wanted.path);
  const std::vector<std::string>& concrete = objects.nodes().at(static_cast<size_t>(node)).functions;
  if (wanted.trace) {
    if (*wanted.trace >= concrete.size())
      throw ModelError(what + ": the function \"" + wanted.path + "\" has " + std::to_string(concrete.size()) +
                       " traces; there is no trace " + std::to_string(*wanted.trace));
    return function_of(parts, objects, concrete[*wanted.trace], name, what);
  }
  std::vector<ObjectFunction> traces;
  for (const std::string& trace : concrete) traces.push_back(function_of(parts, objects, trace, name, what));
  const bool all_train = std::all_of(traces.begin(), traces.end(), [](const ObjectFunction& trace) { return trace.trains; });
  const ObjectFunction* chosen = nullptr;
  std::string choices;
  bool differ = false;
  for (size_t i = 0; i < traces.size(); ++i) {
    choices += (i == 0 ? "\"" : ", \"") + wanted.path + ':' + std::to_string(i) + "\" " + listed(traces[i]);
    if (traces[i].trains && !all_train) continue;
    if (chosen == nullptr) chosen = &traces[i];
    differ = differ || traces[i].arguments != chosen->arguments;
  }
  if (differ)
    throw ModelError(what + ": the function \"" + wanted.path + "\" was traced for several kinds of arguments; choose one with " +
                     "LoadOptions::signature (--signature): " + choices);
  return *chosen;
}

std::vector<GraphNode> call_nodes(const MetaGraph& parts, const ObjectGraph& objects, const ObjectFunction& function,
                                  const std::string& what) {
  std::vector<GraphNode> nodes;
  std::vector<std::string> operands;
  for (const SignaturePort& input : function.signature.inputs) {
    nodes.push_back({.name = input.tensor, .op = "Placeholder", .inputs = {}, .attributes = {}});
    operands.push_back(input.tensor);
  }
  for (const int captured : objects.captured_by(function.concrete)) {
    const ObjectNode& object = objects.nodes()[static_cast<size_t>(captured)];
    std::string source = object.constant;
    if (source.empty() && object.is_variable) {
      source = std::string(kCaptured) + std::to_string(captured);
      const auto is_it = [&](const GraphNode& node) { return node.name == source; };
      if (std::none_of(nodes.begin(), nodes.end(), is_it))
        nodes.push_back({.name = source, .op = "VarHandleOp", .inputs = {}, .attributes = {}});
    }
    if (source.empty()) source = table_of(parts, objects, captured, what);
    if (source.empty())
      throw ModelError(what + ": the function \"" + function.signature.name +
                       "\" reads an object that is no variable, constant or lookup table, which is not supported");
    operands.push_back(std::move(source));
  }
  nodes.push_back(calling_node(std::string(kCall), "StatefulPartitionedCall", std::move(operands), {{"f", function.concrete}}));
  return nodes;
}

}  // namespace keraunos::loader
