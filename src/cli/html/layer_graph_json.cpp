#include "cli/html/layer_graph_json.h"

#include <unordered_map>

#include "cli/text.h"
#include "loader/keras/summary_rows.h"

namespace keraunos::cli {
namespace {

using files::Json;
using loader::Call;
using loader::LayerInstance;
using loader::Network;

constexpr size_t kMostConfig = 4000;  // characters of a layer's config that a page shows

std::string type_text(const std::vector<std::optional<int64_t>>& shape, DType dtype) {
  return TensorSpec{.name = {}, .dtype = dtype, .shape = shape}.to_string();
}

int64_t parameters_of_layer(const LayerInstance& layer) {
  int64_t count = 0;
  for (const host::WeightInfo& weight : layer.weights) count += weight.tensor == nullptr ? 0 : weight.tensor->dims().elements();
  for (const loader::SharedLayer& child : layer.children) count += parameters_of_layer(*child);
  return layer.refusal.empty() ? count : layer.saved_parameters.value_or(count);
}

class Writer {
 public:
  explicit Writer(const loader::KerasModel& model) : model_(model) {}

  Json written() {
    network_number(*model_.graph().root->network);
    while (next_ < pending_.size()) {  // networks found meanwhile are appended and written later
      const Network* network = pending_[next_++];
      networks_.push_back(network_json(*network));
    }
    Json layers = Json::array();
    for (size_t i = 0; i < layers_.size(); ++i) {
      layers_[i].set("calls", calls_[i]);
      layers.push_back(std::move(layers_[i]));
    }
    return Json::object({{"layers", std::move(layers)}, {"networks", std::move(networks_)}});
  }

 private:
  int64_t network_number(const Network& network) {
    const auto [place, is_new] = numbers_.emplace(&network, static_cast<int64_t>(pending_.size()));
    if (is_new) pending_.push_back(&network);
    return place->second;
  }

  Json outputs_json(const LayerInstance& layer) const {
    Json list = Json::array();
    const auto found = model_.layer_outputs().find(layer.path);
    if (found == model_.layer_outputs().end()) return list;
    for (size_t i = 0; i < found->second.shapes.size(); ++i) {
      std::vector<std::optional<int64_t>> shape;
      for (const Dim& dim : found->second.shapes[i]) shape.push_back(dim.varies ? std::nullopt : std::optional(dim.size));
      list.push_back(type_text(shape, found->second.dtypes[i]));
    }
    return list;
  }

  static Json weights_json(const LayerInstance& layer) {
    Json list = Json::array();
    for (const host::WeightInfo& weight : layer.weights) {
      if (weight.tensor == nullptr) continue;
      list.push_back(weight.name + ' ' + weight.tensor->dims().to_string() + ' ' + std::string(name_of(weight.tensor->dtype())));
    }
    return list;
  }

  static Json children_json(const LayerInstance& layer) {
    Json list = Json::array();
    for (const loader::SharedLayer& child : layer.children) {
      const std::string& role = child->attribute.empty() ? child->name : child->attribute;
      list.push_back(role + " (" + child->whole_class_name() + ")");
    }
    return list;
  }

  int64_t layer_number(const LayerInstance& layer) {
    const auto [place, is_new] = layer_numbers_.emplace(&layer, static_cast<int64_t>(layers_.size()));
    if (!is_new) return place->second;
    const bool is_model = layer.network != nullptr;
    layers_.push_back(Json::object(
        {{"path", layer.path},
         {"name", layer.name},
         {"class_name", layer.whole_class_name()},
         {"parameters", parameters_of_layer(layer)},
         {"outputs", outputs_json(layer)},
         {"weights", weights_json(layer)},
         {"children", is_model ? Json::array() : children_json(layer)},
         {"config", is_model || layer.config == nullptr ? std::string() : shortened(layer.config->pretty(), kMostConfig)},
         {"refusal", layer.refusal},
         {"network", is_model ? Json(network_number(*layer.network)) : Json()},
         {"is_input", layer.is_input}}));
    calls_.push_back(0);
    return place->second;
  }

  Json network_json(const Network& network) {
    Json nodes = Json::array(), edges = Json::array(), inputs = Json::array(), outputs = Json::array();
    for (size_t i = 0; i < network.calls.size(); ++i) {
      const Call& call = network.calls[i];
      const int64_t layer = call.layer < 0 ? -1 : layer_number(*network.layers[static_cast<size_t>(call.layer)]);
      if (layer >= 0) ++calls_[static_cast<size_t>(layer)];
      nodes.push_back(layer);
      for (const loader::Source* source : loader::operands_of(network, call)) {
        Json edge = Json::array();
        edge.push_back(source->call), edge.push_back(static_cast<int64_t>(i)), edge.push_back(source->output);
        edges.push_back(std::move(edge));
      }
    }
    for (const loader::NetworkInput& input : network.inputs) {
      inputs.push_back(Json::object({{"node", input.call},
                                     {"name", input.name},
                                     {"type", input.shape ? type_text(*input.shape, input.dtype) : std::string()}}));
    }
    for (const int index : network.outputs) outputs.push_back(network.sources[static_cast<size_t>(index)].call);
    return Json::object({{"nodes", std::move(nodes)},
                         {"edges", std::move(edges)},
                         {"inputs", std::move(inputs)},
                         {"outputs", std::move(outputs)}});
  }

  const loader::KerasModel& model_;
  std::vector<Json> layers_;
  std::vector<int64_t> calls_;
  Json networks_ = Json::array();
  std::vector<const Network*> pending_;
  size_t next_ = 0;
  std::unordered_map<const Network*, int64_t> numbers_;
  std::unordered_map<const LayerInstance*, int64_t> layer_numbers_;
};

}  // namespace

files::Json layer_graph_json(const loader::KerasModel& model) { return Writer(model).written(); }

}  // namespace keraunos::cli
