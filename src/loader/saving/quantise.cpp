#include "loader/saving/quantise.h"

#include <algorithm>
#include <map>
#include <set>

#include "keraunos/error.h"
#include "loader/keras/class_names.h"
#include "loader/keras/weight_order.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/quantised.h"
#include "loader/saving/keras3_config.h"
#include "loader/saving/quantised_weights.h"

namespace keraunos::loader {

using files::Json;

namespace {

bool is_quantisable(const LayerInstance& layer) {
  static const std::set<std::string> classes{"Dense", "EinsumDense", "Embedding", "ReversibleEmbedding"};
  return classes.contains(layer.class_name) && packaged_name(layer).empty() && layer.network == nullptr;
}

// The path of a layer in config.json: the names of the layers around it and its own.
using Paths = std::map<const LayerInstance*, std::string>;

std::string below(const std::string& path, const std::string& name) { return path.empty() ? name : path + '/' + name; }

class Search {
 public:
  Paths found;
  std::vector<std::string> passed_over;

  explicit Search(const LayerInstance& root) {
    visit(root, {});
    for (const LayerInstance* layer : inside_) {
      found.erase(layer);  // also a child of a model
      passed_over.push_back(layer->path);
    }
  }

 private:
  void visit(const LayerInstance& layer, const std::string& around) {
    const std::string path = layer.is_root ? std::string() : below(around, name_in_keras3(layer.name));
    if (layer.network != nullptr) {
      for (const SharedLayer& inner : layer.network->layers) visit(*inner, path);
    } else if (is_quantisable(layer)) {
      check(layer);
      if (can_be_quantised(layer))
        found.emplace(&layer, path);
      else
        passed_over.push_back(layer.path);
    } else {
      for (const SharedLayer& inner : layer.children) pass_over(*inner);
    }
  }

  void pass_over(const LayerInstance& layer) {
    if (is_quantisable(layer) && std::find(inside_.begin(), inside_.end(), &layer) == inside_.end()) inside_.push_back(&layer);
    for (const SharedLayer& inner : layer.children) pass_over(*inner);
  }

  static void check(const LayerInstance& layer) {
    if (quantisation_of(Config(*layer.config, layer.described())))
      throw UsageError(layer.described() + " is quantised already; give a model that is not");
    if (layer.policy.compute == DType::float16)
      throw UsageError(layer.described() + " computes in float16, in which Keras quantises no layer");
    for (const WeightInfo& weight : layer.weights) {
      if (weight.tensor != nullptr && weight.tensor->dtype() != DType::float32)
        throw UsageError(layer.described() + " has the weight \"" + weight.name + "\" of " +
                         std::string(name_of(weight.tensor->dtype())) + ", and float32 alone is quantised");
    }
  }

  std::vector<const LayerInstance*> inside_;  // of other layers
};

Json object_of(const char* module, const std::string& class_name, Json config) {
  Json object = Json::object();
  object.set("module", module).set("class_name", class_name).set("config", std::move(config)).set("registered_name", nullptr);
  return object;
}

Json policy_of(const std::string& source, Quantization mode) {
  Json config = Json::object();
  config.set("mode", mode == Quantization::int8 ? "int8" : "int4/128").set("source_name", source);
  const char* name = mode == Quantization::int8 ? "QuantizedDTypePolicy" : "Int4DTypePolicy";
  return object_of("keras.dtype_policies", name, std::move(config));
}

Json quantisation_config(Quantization mode) {
  Json config = Json::object();
  config.set("weight_quantizer", nullptr);
  if (mode == Quantization::int4) {
    config.set("activation_quantizer", nullptr).set("block_size", int64_t{128});
    return object_of("keras.quantizers", "Int4QuantizationConfig", std::move(config));
  }
  Json quantiser = Json::object(), range = Json::array();
  range.push_back(int64_t{-127}).push_back(int64_t{127});
  quantiser.set("output_dtype", "int8").set("value_range", std::move(range)).set("epsilon", 1e-7);
  config.set("activation_quantizer", object_of("keras.quantizers", "AbsMaxQuantizer", std::move(quantiser)));
  return object_of("keras.quantizers", "Int8QuantizationConfig", std::move(config));
}

// Changes the layer objects of config.json, which it finds by their paths.
class QuantisedConfig {
 public:
  QuantisedConfig(const Paths& layers, Quantization mode) : mode_(mode) {
    for (const auto& [layer, path] : layers) sources_.emplace(path, layer->policy.name);
  }

  Json object(const Json& source, const std::string& around, bool is_root) const {
    const Json* config = source.is_object() ? source.find("config") : nullptr;
    if (config == nullptr || !config->is_object()) return source;
    const Json* name = config->find("name");
    const std::string own = name != nullptr && name->is_string() ? name->as_string() : std::string();
    const std::string path = is_root ? std::string() : below(around, name_in_keras3(own));
    Json changed = changed_config(*config, path);
    Json result = source;
    result.set("config", std::move(changed));
    return result;
  }

 private:
  Json changed_config(const Json& config, const std::string& path) const {
    Json changed = config;
    if (const Json* layers = config.find("layers"); layers != nullptr && layers->is_array()) {
      Json list = Json::array();
      for (const Json& layer : layers->items()) list.push_back(object(layer, path, false));
      changed.set("layers", std::move(list));
    }
    if (const auto found = sources_.find(path); !path.empty() && found != sources_.end())
      changed.set("dtype", policy_of(found->second, mode_)).set("quantization_config", quantisation_config(mode_));
    return changed;
  }

  std::map<std::string, std::string> sources_;  // the dtype policies before
  Quantization mode_;
};

std::string listed_paths(const std::vector<std::string>& paths) {
  constexpr size_t kMost = 8;
  std::string text;
  for (size_t i = 0; i < std::min(paths.size(), kMost); ++i) text += (i > 0 ? ", \"" : "\"") + paths[i] + '"';
  return paths.size() > kMost ? text + " and " + std::to_string(paths.size() - kMost) + " more" : text;
}

}  // namespace

QuantisedModel quantised_model(const LayerGraph& graph, const Json& config, Quantization mode,
                               const std::function<void(const std::string&)>& warning) {
  const std::shared_ptr<LayerGraph> copy = copy_of(graph);
  const Search search(*copy->root);
  if (search.found.empty())
    throw UsageError(graph.file + " has no layer that is quantised: Dense, EinsumDense, Embedding or ReversibleEmbedding");
  if (!search.passed_over.empty() && warning)
    warning("these layers stay as they are, since Keras 3.15 would not load or not run them quantised: " +
            listed_paths(search.passed_over));
  visit_layers(copy->root, [&](LayerInstance& layer) {
    if (search.found.contains(&layer)) layer.weights = quantised_weights(layer, mode);
  });
  Json changed = QuantisedConfig(search.found, mode).object(config, {}, true);
  if (const Json* compiled = config.find("compile_config")) changed.set("compile_config", *compiled);
  return {copy, std::move(changed)};
}

}  // namespace keraunos::loader
