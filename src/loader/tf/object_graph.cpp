// TrackableObjectGraph: 1 nodes {1 children {1 node_id, 2 local_name}, 2 attributes {1 name, 3 checkpoint_key}}.
// SavedObjectGraph: 1 nodes {1 children, 4 user_object {1 identifier, 3 metadata}, 6 function {1 concrete_functions}, 9 constant
// {1 operation}}, 2 concrete_functions (map of {2 bound_inputs}). From tensorflow/core/protobuf/{trackable_object_graph,
// saved_object_graph}.proto.
#include "loader/tf/object_graph.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"

namespace keraunos::loader {

using files::ProtoField;
using files::ProtoReader;

namespace {

std::string text_in(std::string_view message, uint32_t number, const std::string& what) {
  std::string text;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == number) text = field->bytes;
  }
  return text;
}

int64_t integer_in(std::string_view message, uint32_t number, const std::string& what) {
  int64_t value = 0;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == number) value = field->as_int();
  }
  return value;
}

void add_child(ObjectNode& node, std::string_view message, const std::string& what) {
  int64_t id = 0;
  std::string name;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) id = field->as_int();
    if (field->number == 2) name = field->bytes;
  }
  constexpr int64_t kMostObjects = int64_t{1} << 30;
  if (id < 0 || id > kMostObjects) throw ModelError(what + ": the edge \"" + name + "\" leads to node " + std::to_string(id));
  node.children.insert_or_assign(std::move(name), static_cast<int>(id));
}

void add_attribute(ObjectNode& node, std::string_view message, const std::string& what) {
  const std::string name = text_in(message, 1, what);
  if (name == "VARIABLE_VALUE" || name == "table") node.variable = text_in(message, 3, what);
}

void add_functions(ObjectNode& node, std::string_view message, const std::string& what) {
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == 1) node.functions.emplace_back(field->bytes);
  }
}

void add_user_object(ObjectNode& node, std::string_view message, const std::string& what) {
  node.identifier = text_in(message, 1, what);
  node.metadata = text_in(message, 3, what);
}

// Debits the estimated bytes that are kept of a message.
void debit_node(std::string_view message, const std::string& what, files::MemoryBudget& budget) {
  budget.take(sizeof(ObjectNode) + 4 * message.size(), what);
}

}  // namespace

ObjectGraph ObjectGraph::of_checkpoint(std::string_view message, const std::string& what, files::MemoryBudget& budget) {
  ObjectGraph graph;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    debit_node(field->bytes, what, budget);
    ObjectNode& node = graph.nodes_.emplace_back();
    ProtoReader inner(field->bytes, what);
    while (const auto part = inner.next()) {
      if (part->number == 1) add_child(node, part->bytes, what);
      if (part->number == 2) add_attribute(node, part->bytes, what);
    }
  }
  graph.check_edges(what);
  return graph;
}

ObjectGraph ObjectGraph::of_saved_model(std::string_view message, const std::string& what, files::MemoryBudget& budget) {
  ObjectGraph graph;
  auto& captured = graph.captured_;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number == 2) {  // an entry of the map of functions: 1 name, 2 SavedConcreteFunction {2 bound_inputs}
      const std::string name = text_in(field->bytes, 1, what);
      const std::string function = text_in(field->bytes, 2, what);
      ProtoReader inner(function, what);
      while (const auto part = inner.next()) {
        if (part->number != 2) continue;
        for (const int64_t id : files::packed_integers(*part, what)) captured[name].push_back(static_cast<int>(id));
      }
    }
    if (field->number != 1) continue;
    debit_node(field->bytes, what, budget);
    ObjectNode& node = graph.nodes_.emplace_back();
    ProtoReader inner(field->bytes, what);
    while (const auto part = inner.next()) {
      switch (part->number) {
        case 1: add_child(node, part->bytes, what); break;
        case 4: add_user_object(node, part->bytes, what); break;
        case 6: add_functions(node, part->bytes, what); break;
        case 7:  // SavedVariable
          node.is_variable = true;
          node.trainable = integer_in(part->bytes, 3, what) != 0;
          break;
        case 9: node.constant = text_in(part->bytes, 1, what); break;
        default: break;
      }
    }
  }
  for (ObjectNode& node : graph.nodes_) {
    const auto found = node.functions.empty() ? captured.end() : captured.find(node.functions[0]);
    if (found != captured.end()) node.captured = found->second;
  }
  graph.check_edges(what);
  return graph;
}

void ObjectGraph::check_edges(const std::string& what) const {
  if (nodes_.empty()) throw ModelError(what + " holds no objects");
  const auto leads_nowhere = [&](int id) { return id < 0 || static_cast<size_t>(id) >= nodes_.size(); };
  for (const ObjectNode& node : nodes_) {
    for (const auto& [name, id] : node.children) {
      if (leads_nowhere(id)) throw ModelError(what + ": the edge \"" + name + "\" leads to no object");
    }
  }
  for (const auto& [function, objects] : captured_) {
    if (std::any_of(objects.begin(), objects.end(), leads_nowhere))
      throw ModelError(what + ": a function reads an object that is not there");
  }
}

int ObjectGraph::child(int node, std::string_view attribute) const {
  if (node < 0) return -1;
  const auto& children = nodes_[static_cast<size_t>(node)].children;
  const auto found = children.find(attribute);
  return found == children.end() ? -1 : found->second;
}

const std::vector<int>& ObjectGraph::captured_by(std::string_view function) const {
  static const std::vector<int> kNone;
  const auto found = captured_.find(function);
  return found == captured_.end() ? kNone : found->second;
}

int ObjectGraph::descendant(int node, std::string_view path) const {
  while (!path.empty() && node >= 0) {
    const size_t end = std::min(path.find('/'), path.size());
    node = child(node, path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return node;
}

}  // namespace keraunos::loader
