// Weights of legacy HDF5 files: one group for each layer of the model, whose attribute "weight_names" lists its datasets in
// order; the weights inside a nested model or wrapper form one flat list. Keras assigns groups to layers by position. Here a full
// model is read by name, which gives the same result for every file that Keras wrote, and files without a config, whose names may
// be automatic, by position as in Keras.
#include <algorithm>
#include <map>
#include <utility>

#include "loader/keras/convert_weights.h"
#include "loader/keras/legacy_order.h"
#include "loader/keras/reader.h"
#include "loader/keras/weights.h"
#include "loader/layers/common/quantised.h"
#include "loader/recipes/recipes.h"

namespace keraunos::loader {
namespace {

class LegacyReader {
 public:
  LegacyReader(LayerGraph& graph, const files::Hdf5File& file, const std::string& base, const LoadWeightsOptions* into)
      : graph_(graph), file_(file), base_(base), into_(into) {
    // Without a version the weights are taken as Keras 1's, even if the model states 1.2.2, as Keras 2 does.
    const std::string version = file_.attribute_text(base_, "keras_version").value_or("1");
    keras1_ = graph.dialect.major < 3 && version == "1";
    visit_recipes(graph.root, [&](const LayerInstance& recipe, LayerInstance& layer) { recipe_of_.emplace(&layer, &recipe); });
  }

  void read() {
    if (graph_.root->network == nullptr) return;
    const auto names = file_.attribute_strings(base_, "layer_names");
    if (!names) throw ModelError(file_.name() + ": the weights lack the attribute \"layer_names\"");
    for (const std::string& name : *names) add_group(name);
    if (graph_.is_partial) count_refused(*names);
    std::vector<LayerInstance*> layers;
    for (const SharedLayer& layer : saved_network().layers) {
      if (has_weights(*layer)) layers.push_back(layer.get());
    }
    const bool by_name = !base_.empty() && std::all_of(layers.begin(), layers.end(), [&](LayerInstance* layer) {
      return by_name_.contains(layer->name) || all_optional(*layer);
    });
    if (by_name || (into_ != nullptr && into_->by_name)) return read_by_name(layers);
    read_by_position(layers);
  }

 private:
  struct Group {
    std::string name;
    std::vector<std::string> datasets;  // paths
  };

  // For a custom class whose layers are in the file, the groups belong to those layers.
  const Network& saved_network() const {
    const Network& network = *graph_.root->network;
    const Network* graph = network.wraps_custom ? graph_of(*network.layers.front()) : nullptr;
    return graph == nullptr ? network : *graph;
  }

  void add_group(const std::string& name) {
    const std::string path = base_.empty() ? name : base_ + '/' + name;
    Group group{name, {}};
    for (const std::string& weight : file_.attribute_strings(path, "weight_names").value_or(std::vector<std::string>{})) {
      group.datasets.push_back(path + '/' + weight);
    }
    if (group.datasets.empty()) return;
    by_name_.emplace(name, groups_.size());
    groups_.push_back(std::move(group));
  }

  static bool all_optional(const LayerInstance& layer) {
    const bool own =
        std::all_of(layer.weight_is_optional.begin(), layer.weight_is_optional.end(), [](bool optional) { return optional; });
    return own && std::all_of(layer.children.begin(), layer.children.end(),
                              [](const SharedLayer& child) { return all_optional(*child); });
  }

  void read_by_name(const std::vector<LayerInstance*>& layers) {
    for (LayerInstance* layer : layers) {
      const auto found = by_name_.find(layer->name);
      if (found != by_name_.end()) read_group_or_pass(*layer, groups_[found->second]);
    }
  }

  // A group that contains weights of a refused layer does not match the known weights of the layer around it.
  void read_group_or_pass(LayerInstance& layer, const Group& group) {
    if (into_ != nullptr) return read_group_into(layer, group);
    try {
      read_group(layer, group);
    } catch (const ModelError&) {
      if (!graph_.is_partial) throw;
    }
  }

  // As in Keras, weights are compared one by one in the layout of Keras 2.
  void read_group_into(LayerInstance& layer, const Group& group) {
    std::vector<std::pair<WeightSlot, SharedTensor>> before;
    for (const WeightSlot& slot : legacy_order(layer, graph_.dialect.major))
      before.emplace_back(slot, slot.layer->weights[slot.weight].tensor);
    const auto warn = [&](const ModelError& error) {
      if (!into_->skip_mismatch) throw error;
      if (into_->warning) into_->warning(kept_weights(layer, error));
    };
    try {
      read_group(layer, group);
    } catch (const WeightsMismatch& error) {  // the numbers of weights differ
      if (!into_->by_name) throw;
      return warn(error);
    }
    for (const auto& [slot, tensor] : before) {
      WeightInfo& weight = slot.layer->weights[slot.weight];
      const SharedTensor read = std::exchange(weight.tensor, tensor);
      try {
        weight.tensor = in_place_of(weight, read, *slot.layer, file_.name());
      } catch (const WeightsMismatch& error) {
        warn(error);
      }
    }
  }

  void count_refused(const std::vector<std::string>& names) {
    for (const SharedLayer& layer : saved_network().layers) {
      if (layer->refusal.empty() || std::find(names.begin(), names.end(), layer->name) == names.end()) continue;
      int64_t count = 0;
      const auto found = by_name_.find(layer->name);
      for (size_t i = 0; found != by_name_.end() && i < groups_[found->second].datasets.size(); ++i)
        count += file_.dataset(groups_[found->second].datasets[i]).dims.elements();
      layer->saved_parameters = count;
    }
  }

  void read_by_position(std::vector<LayerInstance*> layers) {
    if (layers.size() != groups_.size()) std::erase_if(layers, [](LayerInstance* layer) { return all_optional(*layer); });
    if (layers.size() != groups_.size()) {
      throw ModelError(file_.name() + " holds weights of " + std::to_string(groups_.size()) + " layers, the model " +
                       graph_.file + " has " + std::to_string(layers.size()) + " with weights" + first_difference(layers) +
                       "; were they saved from the same model?");
    }
    for (size_t i = 0; i < layers.size(); ++i)
      into_ != nullptr ? read_group_into(*layers[i], groups_[i]) : read_group(*layers[i], groups_[i]);
  }

  std::string first_difference(const std::vector<LayerInstance*>& layers) const {
    for (const LayerInstance* layer : layers) {
      if (!by_name_.contains(layer->name)) return "; there are none for layer \"" + layer->name + '"';
    }
    return {};
  }

  void read_group(LayerInstance& layer, const Group& group) {
    std::vector<WeightSlot> slots = legacy_order(layer, graph_.dialect.major);
    if (slots.size() != group.datasets.size() && read_keras1_gates(slots, group)) return convert(layer);
    leave_out_optional(slots, group);
    if (slots.size() != group.datasets.size()) fail_count(layer, slots.size(), group);
    sort_quantised(slots, group);
    check_recipes(slots, group);
    for (size_t i = 0; i < slots.size(); ++i)
      slots[i].layer->weights[slots[i].weight].tensor = read_weight(file_, group.datasets[i], layer);
    convert(layer);
  }

  void check_recipes(const std::vector<WeightSlot>& slots, const Group& group) const {
    for (size_t i = 0; i < slots.size(); ++i) {
      const auto recipe = recipe_of_.find(slots[i].layer);
      if (recipe != recipe_of_.end())
        check_variable_name(file_.name(), *recipe->second, *slots[i].layer, slots[i].weight, group.datasets[i]);
    }
  }

  // Optional weights may be missing in a layer, or whole layers, or both.
  static void leave_out_optional(std::vector<WeightSlot>& slots, const Group& group) {
    const auto is_optional = [](const WeightSlot& slot) { return slot.layer->weight_is_optional[slot.weight]; };
    for (const bool whole : {false, true}) {
      std::vector<WeightSlot> left = slots;
      std::erase_if(left, [&](const WeightSlot& slot) { return is_optional(slot) && all_optional(*slot.layer) == whole; });
      if (slots.size() != group.datasets.size() && left.size() == group.datasets.size()) slots = std::move(left);
    }
    if (slots.size() != group.datasets.size()) std::erase_if(slots, is_optional);
  }

  // The order of float8's scales depends on when the layer was quantised; they are identified by the datasets' names.
  void sort_quantised(std::vector<WeightSlot>& slots, const Group& group) const {
    const auto is_float8 = [](const WeightSlot& slot) {
      return quantised_mode(Config(*slot.layer->config, slot.layer->described())) == QuantisedMode::float8;
    };
    if (graph_.dialect.major < 3 || std::none_of(slots.begin(), slots.end(), is_float8)) return;
    std::vector<WeightSlot> left = slots, sorted;
    for (const std::string& dataset : group.datasets) {
      const auto named = std::find_if(left.begin(), left.end(), [&](const WeightSlot& slot) {
        return dataset.ends_with('/' + slot.layer->name + '/' + slot.layer->weights[slot.weight].name);
      });
      if (named == left.end()) return;
      sorted.push_back(*named);
      left.erase(named);
    }
    slots = std::move(sorted);
  }

  // Keras 1 stored each gate of a recurrent layer separately.
  bool read_keras1_gates(const std::vector<WeightSlot>& slots, const Group& group) {
    size_t expected = 0;
    for (const WeightSlot& slot : slots) expected += slot.weight == 0 ? keras1_arrays(*slot.layer) : 0;
    if (!keras1_ || expected != group.datasets.size()) return false;
    size_t next = 0;
    for (const WeightSlot& slot : slots) {
      LayerInstance& layer = *slot.layer;
      const size_t arrays = keras1_arrays(layer);
      if (arrays == layer.weights.size()) {
        layer.weights[slot.weight].tensor = read_weight(file_, group.datasets[next++], layer);
      } else if (slot.weight == 0) {
        std::vector<SharedTensor> parts;
        for (size_t i = 0; i < arrays; ++i) parts.push_back(read_weight(file_, group.datasets[next++], layer));
        const std::vector<SharedTensor> joined = joined_gates(layer, parts);
        for (size_t i = 0; i < joined.size(); ++i) layer.weights[i].tensor = joined[i];
      }
    }
    return true;
  }

  void convert(LayerInstance& layer) const {
    if (graph_.dialect.major >= 3) return;
    uint64_t bytes = 0;  // a weight that is converted temporarily exists twice
    for (const WeightInfo& weight : layer.weights)
      bytes += weight.tensor == nullptr ? 0 : static_cast<uint64_t>(weight.tensor->bytes());
    const files::Debit debit(*graph_.budget, bytes,
                             "converting the weights of " + layer.described() + " in '" + file_.name() + "'");
    try {
      convert_weights(layer, keras1_);
    } catch (const ModelError& error) {  // of the layer's config, whose errors do not name a file
      throw ModelError(file_.name() + ": " + error.what());
    }
    for (const SharedLayer& child : layer.children) convert(*child);
  }

  [[noreturn]] void fail_count(const LayerInstance& layer, size_t expected, const Group& group) const {
    const std::string what =
        layer.children.empty() ? weights_described(layer) : std::to_string(expected) + " weights with all layers inside it";
    throw WeightsMismatch(file_.name() + ": " + layer.described() + " has " + what + ", the file holds " +
                          std::to_string(group.datasets.size()) + " in group \"" + group.name +
                          "\"; were config and weights written by the same model?" + note_of_recipe(layer));
  }

  LayerGraph& graph_;
  const files::Hdf5File& file_;
  std::string base_;
  const LoadWeightsOptions* into_;  // none: into layers that have no weights yet
  bool keras1_ = false;
  std::map<const LayerInstance*, const LayerInstance*> recipe_of_;
  std::vector<Group> groups_;  // those with weights, in the file's order
  std::map<std::string, size_t> by_name_;
};

}  // namespace

void read_legacy_weights(LayerGraph& graph, const files::Hdf5File& file, const std::string& base,
                         const LoadWeightsOptions* into) {
  LegacyReader(graph, file, base, into).read();
}

}  // namespace keraunos::loader
