#include <algorithm>
#include <set>

#include "loader/keras/keras_model.h"
#include "loader/keras/nodes.h"
#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

std::string text_of(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + (shape[i].varies ? std::string("None") : std::to_string(shape[i].size));
  return text + (shape.size() == 1 ? ",)" : ")");
}

// Keras 2 lists the outputs of an InputLayer and of layers with several; Keras 3 gives the latter as tuples.
std::string text_of(const LayerOutputs& outputs, const LayerInstance& layer, int major) {
  if (major < 3 && outputs.shapes_differ) return "multiple";
  std::string text;
  for (const Shape& shape : outputs.shapes) text += (text.empty() ? "" : ", ") + text_of(shape);
  if (outputs.shapes.size() == 1) return major < 3 && layer.is_input ? '[' + text + ']' : text;
  return major < 3 ? '[' + text + ']' : '(' + text + ')';
}

// Own weights and those of everything inside, each tensor once.
void count(const LayerInstance& layer, bool trainable, std::set<const WeightInfo*>& seen, Summary& summary) {
  trainable = trainable && layer.trainable;
  for (const WeightInfo& weight : layer.weights) {
    if (weight.tensor == nullptr || !seen.insert(&weight).second) continue;
    SummaryTotals& totals = trainable && weight.trainable ? summary.trainable : summary.frozen;
    totals.parameters += weight.tensor->dims().elements();
    totals.bytes += static_cast<double>(weight.tensor->bytes());
  }
  for (const SharedLayer& child : layer.children) count(*child, trainable, seen, summary);
}

int64_t parameters_of(const LayerInstance& layer) {
  Summary counted;
  std::set<const WeightInfo*> seen;
  count(layer, true, seen, counted);
  return counted.trainable.parameters + counted.frozen.parameters;
}

void collect(const Arg& tree, std::vector<int>& sources) {
  for (const Traced* tensor : tensor_leaves(tree)) sources.push_back(tensor->value.id);
}

std::vector<const Source*> operands_of(const Network& network, const Call& call) {
  std::vector<int> indices;
  for (const Arg& argument : call.arguments) collect(argument, indices);
  for (const auto& [key, argument] : call.keywords) collect(argument, indices);
  std::vector<const Source*> sources;
  for (int index : indices) {
    const Source& source = network.sources[static_cast<size_t>(index)];
    if (source.constant == nullptr) sources.push_back(&source);
  }
  return sources;
}

std::string connection(const Network& network, const Source& source, int major) {
  const Call& from = network.calls[static_cast<size_t>(source.call)];
  if (from.layer < 0) return {};
  const LayerInstance& layer = *network.layers[static_cast<size_t>(from.layer)];
  // Keras 2 counts the construction of a nested model as its call 0.
  const int call = from.occurrence + (major < 3 && layer.network != nullptr ? 1 : 0);
  return layer.name + '[' + std::to_string(call) + "][" + std::to_string(source.output) + ']';
}

// No two calls equally far from the outputs, no call of several tensors, no layer called twice.
bool is_chain(const Network& network) {
  std::vector<int> depth(network.calls.size(), 0);
  std::set<int> depths, layers;
  for (size_t i = network.calls.size(); i-- > 0;) {
    const std::vector<const Source*> operands = operands_of(network, network.calls[i]);
    if (operands.size() > 1 || !depths.insert(depth[i]).second || !layers.insert(network.calls[i].layer).second) return false;
    for (const Source* operand : operands) {
      int& before = depth[static_cast<size_t>(operand->call)];
      before = std::max(before, depth[i] + 1);
    }
  }
  return true;
}

}  // namespace

Summary summarise(const LayerGraph& graph, const std::map<std::string, LayerOutputs>& outputs) {
  const Network& network = *graph.root->network;
  const int major = graph.dialect.major;
  Summary summary;
  summary.is_chain = network.class_name == "Sequential" || is_chain(network);
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const LayerInstance& layer = *network.layers[i];
    if (layer.is_operation && summary.is_chain && network.class_name == "Sequential") continue;
    const auto found = outputs.find(layer.path);
    SummaryRow row{layer.name + " (" + layer.class_name + ')', found == outputs.end() ? "?" : text_of(found->second, layer, major),
                   parameters_of(layer), {}};
    for (const Call& call : network.calls) {
      if (call.layer != static_cast<int>(i)) continue;
      for (const Source* operand : operands_of(network, call)) row.connections.push_back(connection(network, *operand, major));
    }
    summary.rows.push_back(std::move(row));
  }
  std::set<const WeightInfo*> seen;
  count(*graph.root, true, seen, summary);
  return summary;
}

std::string KerasModel::summary(int width) const {
  const Summary facts = summarise(*graph_, shapes_);
  return graph_->dialect.major >= 3 ? keras3_table(name(), facts, width) : keras2_table(name(), facts);
}

}  // namespace keraunos::loader
