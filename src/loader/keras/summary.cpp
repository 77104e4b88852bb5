#include <algorithm>
#include <set>

#include "loader/keras/keras_model.h"
#include "loader/keras/nodes.h"
#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

// Keras 2 writes a shape as the tuple it is; Keras 3 leaves out the comma after a single extent.
std::string text_of(const Shape& shape, int major) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i].varies ? std::string("None") : std::to_string(shape[i].size));
  return text + (shape.size() == 1 && major < 3 ? ",)" : ")");
}

// Several outputs are a list, the scores of an attention in Keras 2 the second of a tuple.
std::string text_of(const LayerOutputs& outputs, const LayerInstance& layer, int major) {
  if (major < 3 && outputs.shapes_differ) return "multiple";
  std::string text;
  for (const Shape& shape : outputs.shapes) text += (text.empty() ? "" : ", ") + text_of(shape, major);
  if (outputs.shapes.size() == 1) return major < 3 && layer.is_input ? '[' + text + ']' : text;
  return major < 3 && layer.class_name == "MultiHeadAttention" ? '(' + text + ')' : '[' + text + ']';
}

// Quantised kernels and their scales are variables that no training touches; the weights of words are none at all.
bool is_trained(const WeightInfo& weight) {
  return weight.trainable && is_floating(weight.tensor->dtype()) && !weight.name.ends_with("_scale");
}
bool is_variable(const WeightInfo& weight) { return weight.tensor != nullptr && weight.name != "idf_weights"; }

// Own weights and those of everything inside, each tensor once.
void count(const LayerInstance& layer, bool trainable, std::set<const WeightInfo*>& seen, Summary& summary) {
  trainable = trainable && layer.trainable;
  for (const WeightInfo& weight : layer.weights) {
    if (!is_variable(weight) || !seen.insert(&weight).second) continue;
    SummaryTotals& totals = trainable && is_trained(weight) ? summary.trainable : summary.frozen;
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

// Positional arguments first, then keywords: by name in Keras 2.
std::vector<const Source*> operands_of(const Network& network, const Call& call, int major) {
  std::vector<int> indices;
  for (const Arg& argument : call.arguments) collect(argument, indices);
  std::vector<const Arg::Members::value_type*> keywords;
  for (const auto& keyword : call.keywords) keywords.push_back(&keyword);
  if (major < 3) std::sort(keywords.begin(), keywords.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* keyword : keywords) collect(keyword->second, indices);
  std::vector<const Source*> sources;
  for (int index : indices) {
    const Source& source = network.sources[static_cast<size_t>(index)];
    if (source.constant == nullptr) sources.push_back(&source);
  }
  return sources;
}

std::string connection(const Network& network, const Source& source) {
  const Call& from = network.calls[static_cast<size_t>(source.call)];
  if (from.layer < 0) return {};
  const LayerInstance& layer = *network.layers[static_cast<size_t>(from.layer)];
  return layer.name + '[' + std::to_string(from.occurrence) + "][" + std::to_string(source.output) + ']';
}

// No two calls equally far from the outputs, no call of several tensors, no layer called twice.
bool is_chain(const Network& network, int major) {
  std::vector<int> depth(network.calls.size(), 0);
  std::set<int> depths, layers;
  for (size_t i = network.calls.size(); i-- > 0;) {
    const std::vector<const Source*> operands = operands_of(network, network.calls[i], major);
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
  summary.is_chain = network.class_name == "Sequential" || is_chain(network, major);
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const LayerInstance& layer = *network.layers[i];
    if (layer.is_operation && summary.is_chain && network.class_name == "Sequential") continue;
    const auto found = outputs.find(layer.path);
    SummaryRow row{layer.name + " (" + layer.class_name + ')',
                   found == outputs.end() ? "?" : text_of(found->second, layer, major),
                   parameters_of(layer),
                   {}};
    for (const Call& call : network.calls) {
      if (call.layer != static_cast<int>(i)) continue;
      for (const Source* operand : operands_of(network, call, major)) row.connections.push_back(connection(network, *operand));
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
