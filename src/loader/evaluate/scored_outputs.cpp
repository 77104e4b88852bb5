#include "loader/evaluate/scored_outputs.h"

#include <algorithm>

#include "host/ops/pointwise.h"
#include "host/ops/softmax.h"
#include "host/ops/transpose.h"
#include "loader/evaluate/regulariser.h"
#include "loader/keras/format_names.h"

namespace keraunos::loader {
namespace {

const host::Node* maker_of(const host::Graph& graph, Value value) {
  const auto found = std::find_if(graph.nodes.rbegin(), graph.nodes.rend(), [&](const host::Node& node) {
    return std::any_of(node.out.begin(), node.out.end(), [&](Value out) { return out.id == value.id; });
  });
  return found != graph.nodes.rend() ? &*found : nullptr;
}

Value of_sigmoid(const host::Pointwise& op, const host::Node& node) {
  const std::vector<host::Instruction>& steps = op.program.steps;
  if (steps.size() != 1 || steps[0].function != Function::sigmoid || steps[0].a >= node.in.size()) return {};
  return node.in[steps[0].a];
}

// A softmax over another axis than the last, which is transposed to the end and back.
Value of_turned_softmax(const host::Graph& graph, const host::Node& back) {
  const host::Node* softmax = maker_of(graph, back.in[0]);
  if (softmax == nullptr || !std::holds_alternative<host::Softmax>(softmax->op)) return {};
  const host::Node* there = maker_of(graph, softmax->in[0]);
  const bool turned = there != nullptr && std::holds_alternative<host::Transpose>(there->op);
  return turned && host::dims_of(graph.info(there->in[0]).shape) == host::dims_of(graph.info(back.out[0]).shape) ? there->in[0]
                                                                                                                 : Value{};
}

bool has(const LayerInstance& layer, std::string_view key) {
  return layer.config->is_object() && layer.config->find(key) != nullptr;
}

// True for a layer that applies an activation and returns that very tensor. Keras 3's Dropout returns its argument.
bool answers_its_activation(const LayerInstance& layer, const Dialect& dialect) {
  if (has(layer, "return_sequences")) return false;
  if (has(layer, "activation") || layer.is_operation || layer.class_name == "Softmax") return true;
  return layer.class_name == "TFOpLambda" || (dialect.major > 2 && layer.class_name.ends_with("Dropout"));
}

// Keras 3's TimeDistributed calls its layer's computation without what the layer adds to the loss.
bool adds_nothing(const LayerInstance& parent, const Dialect& dialect) {
  return parent.class_name == "TimeDistributed" && dialect.major > 2;
}

}  // namespace

std::vector<UnsupportedError::Item> uncounted_regularisers(const LayerInstance& root, const Dialect& dialect,
                                                           const std::set<const LayerInstance*>& counted) {
  std::vector<UnsupportedError::Item> items;
  bool is_known = true;
  if (root.network == nullptr && !counted.contains(&root) && activity_regulariser(root.class_name, root.config.get(), is_known))
    items.push_back({root.path, root.class_name, "has an activity_regularizer inside another layer, which is not counted"});
  const auto add = [&](const LayerInstance& layer, const std::set<const LayerInstance*>& met) {
    const auto inside = uncounted_regularisers(layer, dialect, met);
    items.insert(items.end(), inside.begin(), inside.end());
  };
  for (const SharedLayer& child : root.children) {
    if (!adds_nothing(root, dialect)) {
      add(*child, counted);
      continue;
    }
    for (const SharedLayer& inner : child->children) add(*inner, {});  // counted once for each step, which is not done here
  }
  return items;
}

std::set<const LayerInstance*> layers_without_losses(const SharedLayer& root, const Dialect& dialect) {
  std::set<const LayerInstance*> found;
  visit_layers(root, [&](const LayerInstance& layer) {
    if (!adds_nothing(layer, dialect)) return;
    for (const SharedLayer& child : layer.children) found.insert(child.get());
  });
  return found;
}

Value logits_of(host::Graph& graph, Value output) {
  const host::Node* node = maker_of(graph, output);
  if (node == nullptr) return {};
  if (const auto* softmax = std::get_if<host::Softmax>(&node->op)) return softmax->log ? Value{} : node->in[0];
  if (const auto* pointwise = std::get_if<host::Pointwise>(&node->op)) return of_sigmoid(*pointwise, *node);
  if (std::holds_alternative<host::Transpose>(node->op)) return of_turned_softmax(graph, *node);
  return {};
}

bool keeps_logits(const Network& network, int source, const Dialect& dialect) {
  const Source& from = network.sources[static_cast<size_t>(source)];
  if (from.call < 0 || static_cast<size_t>(from.call) >= network.calls.size()) return false;
  const int index = network.calls[static_cast<size_t>(from.call)].layer;
  if (index < 0) return false;
  const LayerInstance& layer = *network.layers[static_cast<size_t>(index)];
  if (layer.network == nullptr) return answers_its_activation(layer, dialect);
  const auto output = static_cast<size_t>(from.output);
  return output < layer.network->outputs.size() && keeps_logits(*layer.network, layer.network->outputs[output], dialect);
}

}  // namespace keraunos::loader
