#include <algorithm>
#include <set>
#include <span>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/keras_model.h"
#include "loader/keras/nodes.h"
#include "loader/keras/summary_rows.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {
namespace {

// Keras 2 writes a shape as a Python tuple; Keras 3 omits the comma after a single extent.
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

bool is_cell(const LayerInstance& layer) { return layer.def != nullptr && layer.def->states; }

// The cells of a stack that the layer runs over a sequence; empty for other layers.
std::span<const SharedLayer> cells_of_stack(const LayerInstance& layer) {
  if (layer.children.empty() || layer.children.front()->attribute != "cell") return {};
  const std::span<const SharedLayer> cells = layer.children.front()->children;
  return std::all_of(cells.begin(), cells.end(), [](const SharedLayer& cell) { return is_cell(*cell); }) ? cells
                                                                                                         : decltype(cells)();
}

// Keras 2 shows the structure that the layer returned: tuples of attentions and cells, and the states of each cell of a stack as
// a list.
std::string structured(const std::vector<std::string>& texts, const LayerInstance& layer) {
  const std::span<const std::string> all(texts);
  if (traits_of(layer).returns_tuple) return '(' + joined(all) + ')';
  if (is_cell(layer)) return '(' + texts[0] + ", " + listed(all.subspan(1)) + ')';
  const std::span<const SharedLayer> cells = cells_of_stack(layer);
  if (cells.empty()) return listed(all);
  std::vector<std::string> parts{texts[0]};
  size_t next = 1;
  for (const SharedLayer& cell : cells) {
    const size_t states = cell->def->states({*cell->config, cell->described()}).size();
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

// Quantised kernels and their scales are variables that are not trained. The IDF weights of a vocabulary are no variables.
bool is_trained(const WeightInfo& weight) {
  return weight.trainable && is_floating(weight.tensor->dtype()) && !weight.name.ends_with("_scale");
}
bool is_variable(const WeightInfo& weight) { return weight.tensor != nullptr && weight.name != "idf_weights"; }

struct Variables {
  std::set<const WeightInfo*> seen;
  std::vector<NamedVariable> trainable, frozen;
  std::set<const LayerInstance*> counters;  // layers with an int64 counter that no file holds
};

bool counts_texts(const LayerInstance& layer) {
  const auto& counts = traits_of(layer).counts_texts;
  return counts && layer.config->is_object() && counts({*layer.config, layer.described()});
}

// Collects own weights and those of everything inside, each tensor once.
void collect(const LayerInstance& layer, bool trainable, Variables& variables, const std::string& prefix = {}) {
  trainable = trainable && layer.trainable;
  const std::string path = prefix + layer.name + '/';
  for (const WeightInfo& weight : layer.weights) {
    if (!is_variable(weight) || !variables.seen.insert(&weight).second) continue;
    (trainable && is_trained(weight) ? variables.trainable : variables.frozen)
        .push_back({path + weight.name, weight.tensor.get()});
  }
  if (counts_texts(layer)) variables.counters.insert(&layer);
  const std::string children = traits_of(layer).makes_its_children ? path : std::string();
  for (const SharedLayer& child : layer.children) collect(*child, trainable, variables, children);
}

SummaryTotals frozen_totals(const Variables& variables, int major) {
  SummaryTotals totals = totals_of(variables.frozen);
  const auto counters = static_cast<int64_t>(major < 3 ? variables.counters.size() : 0);
  totals.parameters += counters;
  totals.bytes += static_cast<double>(counters * size_of(DType::int64));
  return totals;
}

// If parts of a layer cannot run, its parameters are counted from the file, or not at all.
bool has_refusal(const LayerInstance& layer) {
  return !layer.refusal.empty() ||
         std::any_of(layer.children.begin(), layer.children.end(), [](const SharedLayer& child) { return has_refusal(*child); });
}

bool has_all_weights(const LayerInstance& layer) {
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    if (layer.weights[i].tensor == nullptr && !layer.weight_is_optional[i]) return false;
  }
  return std::all_of(layer.children.begin(), layer.children.end(),
                     [](const SharedLayer& child) { return has_all_weights(*child); });
}

std::optional<int64_t> parameters_of(const LayerInstance& layer, int major) {
  if (!layer.refusal.empty()) return layer.saved_parameters;
  if (has_refusal(layer) || !has_all_weights(layer)) return std::nullopt;
  Variables variables;
  collect(layer, true, variables);
  return totals_of(variables.trainable).parameters + frozen_totals(variables, major).parameters;
}

std::string connection(const Network& network, const Source& source) {
  const Call& from = call_at(network, static_cast<size_t>(source.call));
  if (from.layer < 0) return {};
  const LayerInstance& layer = *network.layers[static_cast<size_t>(from.layer)];
  return layer.name + '[' + std::to_string(from.occurrence) + "][" + std::to_string(source.output) + ']';
}

}  // namespace

SummaryTotals totals_of(const std::vector<NamedVariable>& variables) {
  SummaryTotals totals;
  for (const auto& [path, tensor] : variables) {
    totals.parameters += tensor->dims().elements();
    totals.bytes += static_cast<double>(tensor->bytes());
  }
  return totals;
}

Summary summarise(const LayerGraph& graph, const std::map<std::string, LayerOutputs>& outputs) {
  const Network& network = *graph.root->network;
  const int major = graph.dialect.major;
  Summary summary;
  summary.is_chain = network.class_name == kSequential || is_chain(network, major);
  const size_t calls = network.calls.size() + (major < 3 ? network.asides.size() : 0);
  for (const size_t i : major < 3 ? keras2_order(network) : listed_order(network)) {
    const LayerInstance& layer = *network.layers[i];
    if (layer.is_operation && summary.is_chain && network.class_name == kSequential) continue;
    const auto found = outputs.find(layer.path);
    SummaryRow row{layer.name + " (" + std::string(name_in_code(layer.class_name)) + ')',
                   found == outputs.end() ? "?" : text_of(found->second, layer, major),
                   parameters_of(layer, major),
                   {}};
    for (size_t index = 0; index < calls; ++index) {
      const Call& call = call_at(network, index);
      if (call.layer != static_cast<int>(i)) continue;
      for (const Source* operand : operands_of(network, call)) row.connections.push_back(connection(network, *operand));
    }
    summary.rows.push_back(std::move(row));
  }
  Variables variables;
  collect(*graph.root, true, variables);
  summary.trainable = totals_of(variables.trainable);
  summary.frozen = frozen_totals(variables, major);
  summary.optimizer = optimizer_totals(graph, variables.trainable);
  return summary;
}

// What is unknown in the table of a model that cannot run.
std::string KerasModel::summary_note(const Summary& facts) const {
  std::vector<std::string> refused;
  for (const UnsupportedError::Item& item : refusals_) refused.push_back(item.layer);
  const bool open = std::any_of(facts.rows.begin(), facts.rows.end(),
                                [](const SummaryRow& row) { return row.output_shape == "?" || !row.parameters; });
  std::string note;
  if (!refused.empty()) note = "Not supported, and not counted in the totals: " + listed_names(refused) + "\n";
  return note + (open ? "\"?\": not known without the layers that are not supported\n" : "");
}

std::string KerasModel::summary(int width) const {
  const Summary facts = summarise(*graph_, shown_shapes());
  const std::string table = graph_->dialect.major >= 3 ? keras3_table(name(), facts, width) : keras2_table(name(), facts);
  return purpose_ == Purpose::run ? table : table + summary_note(facts);
}

}  // namespace keraunos::loader
