// Reads call arguments as files encode them: Keras 1 and 2 write a node as (nested) lists of [layer, node, tensor, kwargs], Keras
// 3 as {"args", "kwargs"} with __keras_tensor__ objects at any depth. Both become the argument trees of a Call.
#pragma once

#include <string>
#include <vector>

#include "keraunos/layer.h"
#include "keraunos/session.h"
#include "loader/files/json.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// A tensor as a file identifies it.
struct Reference {
  /// Its context: a Keras 2 node, a Keras 3 node, or a Keras 3 model's inputs or outputs.
  enum class Form : uint8_t { list, dict, port };
  std::string layer;
  int64_t node = 0, tensor = 0;
  Form form = Form::list;
  std::shared_ptr<const TensorSpec> spec{};  ///< shape and dtype, where the node states them
};

/// Filled while nodes are read: entry i belongs to Traced::value.id == i.
struct References {
  struct Entry {
    Reference reference;
    std::shared_ptr<const Tensor> constant;  ///< instead of the reference
  };
  std::vector<Entry> entries;
  int add(Reference reference);
  int add(std::shared_ptr<const Tensor> constant);
};

/// {"args": […], "kwargs": {…}}.
bool is_keras3_node(const files::Json& json);

struct Node {
  std::vector<Arg> arguments;
  Arg::Members keywords;
};

class NodeReader {
 public:
  /// `is_layer` distinguishes a tensor [name, 0, 0] from a list of three values.
  NodeReader(References& references, std::function<bool(const std::string&)> is_layer, std::string where)
      : references_(references), is_layer_(std::move(is_layer)), where_(std::move(where)) {}

  /// One element of "inbound_nodes". With `keeps_structure` (op layers) a list of one tensor stays a list.
  Node node(const files::Json& json, bool keeps_structure);
  /// "input_layers" and "output_layers": a leaf, or lists and dicts of leaves.
  Arg ports(const files::Json& json, Reference::Form form);

 private:
  bool is_leaf(const files::Json& json) const;
  bool is_constant_leaf(const files::Json& json) const;
  Arg tensor(Reference reference) { return {Traced{Value{references_.add(std::move(reference))}, {}}}; }
  Reference reference(const files::Json& json, Reference::Form form) const;
  Arg leaf(const files::Json& json, Reference::Form form);
  Arg constant(const files::Json& json, bool keeps_structure);
  Arg structure(const files::Json& json, bool keeps_structure, const files::Json** keywords);
  Arg value(const files::Json& json, bool in_list_form);
  Arg object(const files::Json& json, bool in_list_form);
  Arg slice(const files::Json& members, bool in_list_form);

  References& references_;
  std::function<bool(const std::string&)> is_layer_;
  std::string where_;
};

/// The tensors of an argument tree, left to right; dicts by sorted key, as Keras flattens them.
std::vector<const Traced*> tensor_leaves(const Arg& tree);
std::vector<Traced*> tensor_leaves(Arg& tree);

}  // namespace keraunos::loader
