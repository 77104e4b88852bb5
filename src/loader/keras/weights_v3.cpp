// Weights of `.keras` archives. The file holds no layer names (before 3.6): a layer is found by its place in Keras's walk over
// the attributes of Python objects, "layers/dense_1/cell/vars/0", where dense_1 is the second layer of class Dense.
//
// Versions differ in three things: the container ("_layer_checkpoint_dependencies" until 2.14, "layers" since), the numbers of
// classes (2.12 and 2.13 count a layer with weights or a vocabulary twice, so that three Dense layers are dense, dense_2,
// dense_4), and the names of some attributes (_query_dense, query_dense). Numbers always increase and every layer has a group,
// possibly an empty one: so the third layer of a class is its third group, whatever its name. Files written on Windows may have
// whole paths with backslashes as one name. From 3.6 on a group states the name of its layer, which then decides.
#include <algorithm>
#include <map>
#include <set>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"
#include "loader/keras/snake_case.h"
#include "loader/keras/v3_groups.h"
#include "loader/keras/weights.h"
#include "loader/layers/common/quantised.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipes.h"

namespace keraunos::loader {
namespace {

constexpr std::string_view kLayers = "layers", kDependencies = "_layer_checkpoint_dependencies";

std::string joined(const std::string& parent, std::string_view child) {
  return parent.empty() ? std::string(child) : parent + '/' + std::string(child);
}

std::string with_number(const std::string& name, int number) { return number == 0 ? name : name + '_' + std::to_string(number); }

std::string group_name(const LayerInstance& layer) { return snake_case(name_in_code(layer.class_name)); }

class V3Reader {
 public:
  V3Reader(LayerGraph& graph, const WeightFiles& files, bool reads_weights, const LoadWeightsOptions* into = nullptr)
      : graph_(graph), file_(files), groups_(files), reads_weights_(reads_weights), into_(into) {}
  void read() {
    place(*graph_.root, "");
    if (reads_weights_ && !graph_.is_partial) check_recipes();
  }

 private:
  void place(LayerInstance& layer, const std::string& path) {
    if (!placed_.insert(&layer).second) return;
    layer.inner_path = path;
    layer.is_located = true;
    if (reads_weights_) read_own_or_pass(layer);
    if (is_of_recipe(layer)) return place_recipe(layer);
    if (!layer.refusal.empty()) layer.saved_parameters = groups_.parameters_at(path);
    if (layer.network != nullptr) {
      place_network(layer);
      return;
    }
    place_children(layer);
  }

  void place_children(LayerInstance& layer) {
    std::map<std::string, int> used;
    for (const SharedLayer& child : layer.children) place(*child, path_of_attribute(layer, *child, used));
  }

  void place_recipe(LayerInstance& layer) {
    try {
      place_children(layer);
    } catch (const ModelError& error) {
      throw ModelError(error.what() + note_of_recipe(layer));
    }
  }

  // A dataset that a recipe's layer does not have belongs to a changed class.
  void check_recipes() const {
    visit_recipes(graph_.root, [&](const LayerInstance& recipe, const LayerInstance& layer) {
      if (&recipe != &layer) return;
      for (const std::string& dataset : groups_.datasets_below(layer.inner_path)) {
        if (!read_.contains(dataset)) throw_left_over(file_.name(), layer, dataset);
      }
    });
  }

  // Children in a list ("cells/0") are named after their class, like the layers of a model.
  std::string path_of_attribute(const LayerInstance& parent, const LayerInstance& child, std::map<std::string, int>& used) const {
    if (child.attribute == kGraphChild && child.network != nullptr) return parent.inner_path;
    std::vector<std::string> names = child.aliases, paths;
    names.insert(names.begin(), child.attribute);
    for (std::string name : names) {
      if (const size_t slash = name.find('/'); slash != std::string::npos) {
        name = name.substr(0, slash + 1) + group_name(child);
        name = with_number(name, used[name]++);
      }
      paths.push_back(joined(parent.inner_path, name));
    }
    const auto found = std::find_if(paths.begin(), paths.end(), [&](const std::string& path) { return groups_.holds(path); });
    return found == paths.end() ? paths.front() : *found;
  }

  void place_network(const LayerInstance& model) {
    if (model.network->wraps_custom) return place(*model.network->layers.front(), model.inner_path);
    const std::string old_container = joined(model.inner_path, kDependencies);
    const bool is_old = file_.is_group(old_container) || groups_.holds(old_container);
    std::vector<std::string> paths = paths_in(model, is_old ? old_container : joined(model.inner_path, kLayers));
    check_names(model, paths);
    for (size_t i = 0; i < paths.size(); ++i) {
      if (!paths[i].empty()) place(*model.network->layers[i], paths[i]);
    }
  }

  static void add_all_inside(const SharedLayer& layer, std::set<const LayerInstance*>& met) {
    if (!met.insert(layer.get()).second) return;
    for (const SharedLayer& child : layer->children) add_all_inside(child, met);
  }

  // A layer is saved where the walk reaches it first: earlier than its own place if a model or wrapper listed before contains it
  // too.
  std::vector<bool> met_before_their_turn(const LayerInstance& model) const {
    std::set<const LayerInstance*> met = placed_;
    std::vector<bool> before;
    for (const SharedLayer& layer : model.network->layers) {
      before.push_back(met.contains(layer.get()));
      add_all_inside(layer, met);
    }
    return before;
  }

  // Empty for operations and for layers that were reached before.
  std::vector<std::string> paths_in(const LayerInstance& model, const std::string& container) const {
    std::map<std::string, std::vector<size_t>> classes;
    std::map<std::string, int> counts;
    const std::vector<bool> met = met_before_their_turn(model);
    const std::set<std::string> names = groups_.names_in(container);
    std::vector<std::string> paths(model.network->layers.size());
    for (size_t i = 0; i < model.network->layers.size(); ++i) {
      const LayerInstance& layer = *model.network->layers[i];
      const std::string name = group_name(layer);
      if (layer.is_operation || (met[i] && graph_.dialect.major < 3)) continue;
      const int number = counts[name]++;  // Keras 3 counts layers that were reached before, Keras 2 does not
      if (met[i]) continue;
      paths[i] = joined(container, with_number(name, number));
      classes[name].push_back(i);
    }
    for (const auto& [name, layers] : classes) {
      const std::vector<std::string> groups = V3Groups::of_class(name, names);
      if (!pair(layers, groups, container, paths)) pair(weighted(model, layers), full(groups, container), container, paths);
    }
    return paths;
  }

  // False where their numbers differ.
  static bool pair(const std::vector<size_t>& layers, const std::vector<std::string>& groups, const std::string& container,
                   std::vector<std::string>& paths) {
    if (layers.size() != groups.size()) return false;
    for (size_t i = 0; i < layers.size(); ++i) paths[layers[i]] = joined(container, groups[i]);
    return true;
  }

  static std::vector<size_t> weighted(const LayerInstance& model, std::vector<size_t> layers) {
    std::erase_if(layers, [&](size_t i) { return !has_weights(*model.network->layers[i]); });
    return layers;
  }

  std::vector<std::string> full(std::vector<std::string> groups, const std::string& container) const {
    std::erase_if(groups, [&](const std::string& name) { return !groups_.holds(joined(container, name)); });
    return groups;
  }

  std::optional<std::string> name_at(const std::string& path) const {
    const std::string vars = joined(path, "vars");
    return file_.is_group(vars) ? file_.attribute_text(vars, "name") : std::nullopt;
  }

  // Where groups name their layers and a layer was assigned to the wrong group, it moves to the group with its name.
  void check_names(const LayerInstance& model, std::vector<std::string>& paths) const {
    std::map<std::string, std::string> by_name;
    bool differs = false;
    for (size_t i = 0; i < paths.size(); ++i) {
      const auto name = paths[i].empty() ? std::nullopt : name_at(paths[i]);
      if (!name) continue;
      by_name.emplace(group_name(*model.network->layers[i]) + ' ' + *name, paths[i]);
      differs = differs || *name != model.network->layers[i]->name;
    }
    if (!differs) return;
    std::vector<std::string> moved = paths;
    for (size_t i = 0; i < paths.size(); ++i) {
      const LayerInstance& layer = *model.network->layers[i];
      if (paths[i].empty() || !name_at(paths[i])) continue;
      const auto found = by_name.find(group_name(layer) + ' ' + layer.name);
      if (found == by_name.end()) return;  // the layer was renamed later: only its position is known
      moved[i] = found->second;
    }
    paths = std::move(moved);
  }

  // Beside refused layers a group may be paired with the wrong layer: what does not fit is then not read.
  void read_own_or_pass(LayerInstance& layer) {
    try {
      read_own(layer);
    } catch (const WeightsMismatch& error) {
      if (into_ == nullptr ? !graph_.is_partial : !into_->skip_mismatch) throw;
      if (into_ != nullptr && into_->warning) into_->warning(kept_weights(layer, error));
    } catch (const ModelError&) {
      if (!graph_.is_partial) throw;
    }
  }

  // As in Keras, weights before one that does not fit are replaced.
  void take(LayerInstance& layer, size_t i, const std::string& dataset) {
    read_.insert(dataset);
    WeightInfo& weight = layer.weights[i];
    std::shared_ptr<const Tensor> tensor = read_weight(file_.file_of(dataset), dataset, layer);
    weight.tensor = into_ == nullptr ? std::move(tensor) : in_place_of(weight, tensor, layer, file_.name());
  }

  void read_own(LayerInstance& layer) {
    if (layer.weights.empty()) return;
    const V3Groups::Group& group = groups_.at(layer.inner_path);
    // Trainable weights first, each part in the order of creation.
    std::vector<size_t> order(layer.weights.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_partition(order.begin(), order.end(), [&](size_t i) { return layer.weights[i].trainable; });
    for (const std::string& dataset : group.named) {
      const std::string name = dataset.substr(dataset.rfind('/') + 1);
      const auto at = std::find_if(order.begin(), order.end(), [&](size_t i) { return layer.weights[i].name == name; });
      if (at == order.end()) continue;
      take(layer, *at, dataset);
      order.erase(at);
    }
    const size_t repeated = traits_of(layer).repeated_child_weights, all = order.size() + repeated;
    if (all != group.numbered.size()) std::erase_if(order, [&](size_t i) { return layer.weight_is_optional[i]; });
    if (order.size() + repeated != group.numbered.size()) fail_count(layer, group);
    auto next = std::next(group.numbered.begin(), static_cast<std::ptrdiff_t>(repeated));
    for (const size_t i : order) take(layer, i, (next++)->second);
  }

  [[noreturn]] void fail_count(const LayerInstance& layer, const V3Groups::Group& group) const {
    const std::string where = joined(layer.inner_path, "vars");
    const bool calibrated = is_calibrated(quantised_mode(Config(*layer.config, layer.described())));
    throw WeightsMismatch(
        file_.name() + ": " + layer.described() + " has " + weights_described(layer) + ", the group \"" + where + "\" " +
        (group.numbered.empty() ? "does not exist or is empty" : "holds " + std::to_string(group.numbered.size())) +
        (calibrated ? "; Keras 3.15 leaves the zero points of gptq and awq out of .keras and .weights.h5 files, which "
                      "neither it nor Keraunos can read: save the model as .h5"
                    : "") +
        "; were config and weights written by the same model?" + note_of_recipe(layer));
  }

  LayerGraph& graph_;
  const WeightFiles& file_;
  const V3Groups groups_;
  bool reads_weights_;
  const LoadWeightsOptions* into_;  // none: into layers that have no weights yet
  std::set<const LayerInstance*> placed_;
  std::set<std::string> read_;  // datasets
};

}  // namespace

void read_v3_weights(LayerGraph& graph, const WeightFiles& files, const LoadWeightsOptions* into) {
  V3Reader(graph, files, true, into).read();
}

void locate_layers(LayerGraph& graph, const files::Hdf5File& file) { V3Reader(graph, WeightFiles(file), false).read(); }

}  // namespace keraunos::loader
