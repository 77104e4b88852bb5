#include <algorithm>
#include <set>
#include <span>

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

std::string joined(std::span<const std::string> texts) {
  std::string text;
  for (const std::string& part : texts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string listed(std::span<const std::string> texts) { return '[' + joined(texts) + ']'; }

// Keras 2 shows what the layer returned: tuples of attentions and cells, and the states of each cell of a stack as a list.
std::string structured(const std::vector<std::string>& texts, const LayerInstance& layer) {
  const std::span<const std::string> all(texts);
  if (layer.class_name.ends_with("Attention")) return '(' + joined(all) + ')';
  if (layer.class_name == "LSTMCell" || layer.class_name == "GRUCell" || layer.class_name == "SimpleRNNCell")
    return '(' + texts[0] + ", " + listed(all.subspan(1)) + ')';
  const LayerInstance* stack = layer.children.empty() ? nullptr : layer.children.front().get();
  if (layer.class_name != "RNN" || stack == nullptr || stack->class_name != "StackedRNNCells") return listed(all);
  std::vector<std::string> parts{texts[0]};
  size_t next = 1;
  for (const SharedLayer& cell : stack->children) {
    const size_t states = cell->class_name == "LSTMCell" ? 2 : 1;
    if (next + states > texts.size()) return listed(all);
    parts.push_back(states == 1 ? texts[next] : listed(all.subspan(next, states)));
    next += states;
  }
  return listed(parts);
}

std::string text_of(const LayerOutputs& outputs, const LayerInstance& layer, int major) {
  if (major < 3 && outputs.shapes_differ) return "multiple";
  std::vector<std::string> texts;
  for (const Shape& shape : outputs.shapes) texts.push_back(text_of(shape, major));
  if (texts.size() == 1) return major < 3 && layer.is_input ? listed(texts) : texts[0];
  return major < 3 && !texts.empty() ? structured(texts, layer) : listed(texts);
}

// Quantised kernels and their scales are variables that no training touches; the weights of words are none at all.
bool is_trained(const WeightInfo& weight) {
  return weight.trainable && is_floating(weight.tensor->dtype()) && !weight.name.ends_with("_scale");
}
bool is_variable(const WeightInfo& weight) { return weight.tensor != nullptr && weight.name != "idf_weights"; }

struct Variables {
  std::set<const WeightInfo*> seen;
  std::vector<const Tensor*> trainable, frozen;
};

// Own weights and those of everything inside, each tensor once.
void collect(const LayerInstance& layer, bool trainable, Variables& variables) {
  trainable = trainable && layer.trainable;
  for (const WeightInfo& weight : layer.weights) {
    if (!is_variable(weight) || !variables.seen.insert(&weight).second) continue;
    (trainable && is_trained(weight) ? variables.trainable : variables.frozen).push_back(weight.tensor.get());
  }
  for (const SharedLayer& child : layer.children) collect(*child, trainable, variables);
}

SummaryTotals totals_of(const std::vector<const Tensor*>& tensors) {
  SummaryTotals totals;
  for (const Tensor* tensor : tensors) {
    totals.parameters += tensor->dims().elements();
    totals.bytes += static_cast<double>(tensor->bytes());
  }
  return totals;
}

int64_t parameters_of(const LayerInstance& layer) {
  Variables variables;
  collect(layer, true, variables);
  return totals_of(variables.trainable).parameters + totals_of(variables.frozen).parameters;
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
  Variables variables;
  collect(*graph.root, true, variables);
  summary.trainable = totals_of(variables.trainable);
  summary.frozen = totals_of(variables.frozen);
  summary.optimizer = optimizer_totals(graph, variables.trainable);
  return summary;
}

std::string KerasModel::summary(int width) const {
  const Summary facts = summarise(*graph_, shapes_);
  return graph_->dialect.major >= 3 ? keras3_table(name(), facts, width) : keras2_table(name(), facts);
}

}  // namespace keraunos::loader
