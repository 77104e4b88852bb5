// Weights of `.keras` archives. The file knows nothing of layer names (before 3.6): a layer is found by its place in the walk
// that Keras makes over the attributes of Python objects, "layers/dense_1/cell/vars/0", where dense_1 is the second layer of
// class Dense.
//
// Three things changed over the years: the container ("_layer_checkpoint_dependencies" until 2.14, "layers" since), how classes
// are numbered (2.12 and 2.13 meet a layer with weights or a vocabulary twice, so that three Dense layers are dense, dense_2,
// dense_4), and some attributes' names (_query_dense, query_dense). Numbers always rise and every layer has a group, if an empty
// one: so the third layer of a class is its third group, whatever that is called. Files written on Windows may have whole paths
// as one name with backslashes. From 3.6 on a group says the name of its layer, which then decides.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"
#include "loader/keras/snake_case.h"
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

std::optional<int> number_in(const std::string& text) {
  int number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

class V3Reader {
 public:
  V3Reader(LayerGraph& graph, const files::Hdf5File& file, bool reads_weights)
      : graph_(graph), file_(file), reads_weights_(reads_weights) {
    list_groups();
  }
  void read() {
    place(*graph_.root, "");
    if (reads_weights_ && !graph_.is_partial) check_recipes();
  }

 private:
  struct Group {
    std::string path;                     // as the file spells it
    std::map<int, std::string> numbered;  // datasets
    std::vector<std::string> named;       // "idf_weights"
  };

  void list_groups() {
    for (const std::string& dataset : file_.datasets()) {
      const size_t slash = dataset.rfind('/');
      if (slash == std::string::npos) continue;
      const std::string path = dataset.substr(0, slash), name = dataset.substr(slash + 1);
      if (path != "vars" && !path.ends_with("/vars")) continue;
      std::string inner = path == "vars" ? std::string() : path.substr(0, path.size() - 5);
      std::replace(inner.begin(), inner.end(), '\\', '/');
      Group& group = groups_[inner];
      group.path = path;
      if (const auto number = number_in(name))
        group.numbered[*number] = dataset;
      else
        group.named.push_back(dataset);
    }
  }

  // Some group lies at or below this path.
  bool holds(const std::string& path) const {
    const auto next = groups_.lower_bound(path);
    if (next != groups_.end() && next->first == path) return true;
    const auto below = groups_.lower_bound(path + '/');
    return below != groups_.end() && below->first.starts_with(path + '/');
  }

  void place(LayerInstance& layer, const std::string& path) {
    if (!placed_.insert(&layer).second) return;
    layer.inner_path = path;
    layer.is_located = true;
    if (reads_weights_) read_own_or_pass(layer);
    if (is_of_recipe(layer)) return place_recipe(layer);
    if (!layer.refusal.empty()) layer.saved_parameters = parameters_at(path);
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

  // What a recipe's layer does not know is another class's.
  void check_recipes() const {
    visit_recipes(graph_.root, [&](const LayerInstance& recipe, const LayerInstance& layer) {
      if (&recipe != &layer) return;
      for (const auto& [inner, group] : groups_) {
        if (inner != layer.inner_path && !inner.starts_with(layer.inner_path + '/')) continue;
        if (inner.find("seed_generator") != std::string::npos) continue;
        for (const auto& [number, dataset] : group.numbered) check_read(layer, dataset);
        for (const std::string& dataset : group.named) check_read(layer, dataset);
      }
    });
  }

  void check_read(const LayerInstance& recipe, const std::string& dataset) const {
    if (!read_.contains(dataset)) throw_left_over(file_.name(), recipe, dataset);
  }

  std::shared_ptr<const Tensor> read(const std::string& dataset, const LayerInstance& layer) {
    read_.insert(dataset);
    return read_weight(file_, dataset, layer);
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
    const auto found = std::find_if(paths.begin(), paths.end(), [&](const std::string& path) { return holds(path); });
    return found == paths.end() ? paths.front() : *found;
  }

  void place_network(const LayerInstance& model) {
    if (model.network->wraps_custom) return place(*model.network->layers.front(), model.inner_path);
    const std::string old_container = joined(model.inner_path, kDependencies);
    const bool is_old = file_.is_group(old_container) || holds(old_container);
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

  // A layer is saved where the walk meets it first: before its turn, if a model or wrapper listed earlier holds it too.
  std::vector<bool> met_before_their_turn(const LayerInstance& model) const {
    std::set<const LayerInstance*> met = placed_;
    std::vector<bool> before;
    for (const SharedLayer& layer : model.network->layers) {
      before.push_back(met.contains(layer.get()));
      add_all_inside(layer, met);
    }
    return before;
  }

  // Empty for operations and for layers that were met before.
  std::vector<std::string> paths_in(const LayerInstance& model, const std::string& container) const {
    std::map<std::string, std::vector<size_t>> classes;
    std::map<std::string, int> counts;
    const std::vector<bool> met = met_before_their_turn(model);
    const std::set<std::string> names = names_in(container);
    std::vector<std::string> paths(model.network->layers.size());
    for (size_t i = 0; i < model.network->layers.size(); ++i) {
      const LayerInstance& layer = *model.network->layers[i];
      const std::string name = group_name(layer);
      if (layer.is_operation || (met[i] && graph_.dialect.major < 3)) continue;
      const int number = counts[name]++;  // Keras 3 counts what it met before, Keras 2 does not
      if (met[i]) continue;
      paths[i] = joined(container, with_number(name, number));
      classes[name].push_back(i);
    }
    for (const auto& [name, layers] : classes) {
      const std::vector<std::string> groups = groups_of_class(name, names);
      if (!pair(layers, groups, container, paths)) pair(weighted(model, layers), full(groups, container), container, paths);
    }
    return paths;
  }

  // False where there are more of the one than of the other.
  static bool pair(const std::vector<size_t>& layers, const std::vector<std::string>& groups, const std::string& container,
                   std::vector<std::string>& paths) {
    if (layers.size() != groups.size()) return false;
    for (size_t i = 0; i < layers.size(); ++i) paths[layers[i]] = joined(container, groups[i]);
    return true;
  }

  // The groups in a container; those of Windows's paths as far as they hold weights.
  std::set<std::string> names_in(const std::string& container) const {
    std::set<std::string> names;
    if (file_.is_group(container)) {
      for (const std::string& name : file_.children(container)) names.insert(name);
    }
    const std::string below = container + '/';
    for (auto group = groups_.lower_bound(below); group != groups_.end() && group->first.starts_with(below); ++group)
      names.insert(group->first.substr(below.size(), group->first.find('/', below.size()) - below.size()));
    return names;
  }

  // "dense", "dense_2", "dense_10": by their numbers.
  static std::vector<std::string> groups_of_class(const std::string& name, const std::set<std::string>& names) {
    std::map<int, std::string> numbered;
    for (const std::string& candidate : names) {
      if (candidate == name) numbered[0] = candidate;
      if (!candidate.starts_with(name + '_')) continue;
      if (const auto number = number_in(candidate.substr(name.size() + 1))) numbered[*number] = candidate;
    }
    std::vector<std::string> result;
    for (const auto& [number, candidate] : numbered) result.push_back(candidate);
    return result;
  }

  static std::vector<size_t> weighted(const LayerInstance& model, std::vector<size_t> layers) {
    std::erase_if(layers, [&](size_t i) { return !has_weights(*model.network->layers[i]); });
    return layers;
  }

  std::vector<std::string> full(std::vector<std::string> groups, const std::string& container) const {
    std::erase_if(groups, [&](const std::string& name) { return !holds(joined(container, name)); });
    return groups;
  }

  std::optional<std::string> name_at(const std::string& path) const {
    const std::string vars = joined(path, "vars");
    return file_.is_group(vars) ? file_.attribute_text(vars, "name") : std::nullopt;
  }

  // Where groups name their layers and a layer stands at another's place, it moves to the group of its name.
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
      if (found == by_name.end()) return;  // renamed since: positions are all there is
      moved[i] = found->second;
    }
    paths = std::move(moved);
  }

  // Counts everything at or below this path except states of random generators, which Keras does not count.
  std::optional<int64_t> parameters_at(const std::string& path) const {
    if (!file_.is_group(path) && !holds(path)) return std::nullopt;
    int64_t count = 0;
    for (const auto& [inner, group] : groups_) {
      if ((inner != path && !inner.starts_with(path + '/')) || inner.find("seed_generator") != std::string::npos) continue;
      for (const auto& [number, dataset] : group.numbered) count += file_.dataset(dataset).dims.elements();
      for (const std::string& dataset : group.named) count += file_.dataset(dataset).dims.elements();
    }
    return count;
  }

  // Beside refused layers a group may be paired with the wrong layer: what does not fit is then not read.
  void read_own_or_pass(LayerInstance& layer) {
    try {
      read_own(layer);
    } catch (const ModelError&) {
      if (!graph_.is_partial) throw;
    }
  }

  void read_own(LayerInstance& layer) {
    if (layer.weights.empty()) return;
    const auto found = groups_.find(layer.inner_path);
    const Group none;
    const Group& group = found == groups_.end() ? none : found->second;
    // Trainable ones first, each in the order of creation.
    std::vector<size_t> order(layer.weights.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_partition(order.begin(), order.end(), [&](size_t i) { return layer.weights[i].trainable; });
    for (const std::string& dataset : group.named) {
      const std::string name = dataset.substr(dataset.rfind('/') + 1);
      const auto at = std::find_if(order.begin(), order.end(), [&](size_t i) { return layer.weights[i].name == name; });
      if (at == order.end()) continue;
      layer.weights[*at].tensor = read(dataset, layer);
      order.erase(at);
    }
    const size_t repeated = traits_of(layer).repeated_child_weights, all = order.size() + repeated;
    if (all != group.numbered.size()) std::erase_if(order, [&](size_t i) { return layer.weight_is_optional[i]; });
    if (order.size() + repeated != group.numbered.size()) fail_count(layer, group);
    auto next = std::next(group.numbered.begin(), static_cast<std::ptrdiff_t>(repeated));
    for (const size_t i : order) layer.weights[i].tensor = read((next++)->second, layer);
  }

  [[noreturn]] void fail_count(const LayerInstance& layer, const Group& group) const {
    const std::string where = joined(layer.inner_path, "vars");
    const bool calibrated = is_calibrated(quantised_mode(Config(*layer.config, layer.described())));
    throw ModelError(
        file_.name() + ": " + layer.described() + " has " + weights_described(layer) + ", the group \"" + where + "\" " +
        (group.numbered.empty() ? "does not exist or is empty" : "holds " + std::to_string(group.numbered.size())) +
        (calibrated ? "; Keras 3.15 leaves the zero points of gptq and awq out of .keras and .weights.h5 files, which "
                      "neither it nor Keraunos can read: save the model as .h5"
                    : "") +
        "; were config and weights written by the same model?" + note_of_recipe(layer));
  }

  LayerGraph& graph_;
  const files::Hdf5File& file_;
  bool reads_weights_;
  std::map<std::string, Group> groups_;  // by inner path
  std::set<const LayerInstance*> placed_;
  std::set<std::string> read_;  // datasets
};

}  // namespace

void read_v3_weights(LayerGraph& graph, const files::Hdf5File& file) { V3Reader(graph, file, true).read(); }

void locate_layers(LayerGraph& graph, const files::Hdf5File& file) { V3Reader(graph, file, false).read(); }

}  // namespace keraunos::loader
