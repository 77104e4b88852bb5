#include "loader/tf/checkpoint.h"

#include <map>
#include <set>

#include "loader/keras/class_names.h"
#include "loader/keras/convert_weights.h"
#include "loader/keras/format_names.h"
#include "loader/keras/weights.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipes.h"

namespace keraunos::loader {
namespace {

constexpr const char* kObjects = "_CHECKPOINTABLE_OBJECT_GRAPH";
constexpr std::string_view kLookup = "_lookup_layer";  // inside a TextVectorization

class CheckpointReader {
 public:
  CheckpointReader(LayerGraph& graph, const Checkpoint& checkpoint) : graph_(graph), checkpoint_(checkpoint) {}

  void read() {
    place(*graph_.root, 0, "");
    if (!graph_.is_partial) check_recipes();
  }

 private:
  static std::string joined(const std::string& parent, const std::string& child) {
    return parent.empty() ? child : parent + '/' + child;
  }

  void place(LayerInstance& layer, int node, const std::string& path) {
    if (!placed_.insert(&layer).second) return;
    layer.inner_path = path;
    layer.is_located = true;
    nodes_[&layer] = node;
    read_own_or_pass(layer, node);
    if (layer.network != nullptr) return place_network(layer, node);
    for (const SharedLayer& child : layer.children) place_child(layer, *child, node);
  }

  void place_network(const LayerInstance& model, int node) {
    for (size_t i = 0; i < model.network->layers.size(); ++i) {
      LayerInstance& layer = *model.network->layers[i];
      const std::string edge = "layer-" + std::to_string(i);
      const int child = checkpoint_.objects.child(node, edge);
      if (child < 0 && has_weights(layer) && !placed_.contains(&layer)) fail(layer, edge);
      place(layer, child, joined(model.inner_path, edge));
    }
  }

  void place_child(const LayerInstance& parent, LayerInstance& child, int node) {
    std::vector<std::string> names{child.attribute};
    names.insert(names.end(), child.aliases.begin(), child.aliases.end());
    for (const std::string& name : names) {
      const int found = checkpoint_.objects.descendant(node, name);
      if (found >= 0) return place(child, found, joined(parent.inner_path, name));
    }
    if (has_weights(child) && !placed_.contains(&child)) fail(child, child.attribute);
    place(child, -1, joined(parent.inner_path, child.attribute));
  }

  // With refused layers an object may belong to another layer: weights that do not fit are then not read.
  void read_own_or_pass(LayerInstance& layer, int node) {
    try {
      read_own(layer, node);
    } catch (const ModelError&) {
      if (!graph_.is_partial) throw;
    }
  }

  void read_own(LayerInstance& layer, int node) {
    const std::string& kernel_in_keras2 = traits_of(layer).kernel_in_keras2;
    for (size_t i = 0; i < layer.weights.size(); ++i) {
      WeightInfo& weight = layer.weights[i];
      const bool has_other = weight.name == "kernel" && !kernel_in_keras2.empty();
      const std::string name = has_other ? kernel_in_keras2 : weight.name;
      const std::string key = key_of(node, name);
      if (!key.empty())
        weight.tensor = tensor(layer, key);
      else if (!layer.weight_is_optional[i])
        fail(layer, name);
    }
    convert_weights(layer, false);
  }

  std::string key_of(int node, const std::string& name) const {
    for (const int holder : {node, checkpoint_.objects.child(node, kLookup)}) {
      const int variable = checkpoint_.objects.child(holder, name);
      if (variable >= 0) return checkpoint_.objects.nodes()[static_cast<size_t>(variable)].variable;
    }
    return {};
  }

  // A variable shared by two layers is one tensor.
  std::shared_ptr<const Tensor> tensor(const LayerInstance& layer, const std::string& key) {
    std::shared_ptr<const Tensor>& found = tensors_[key];
    if (found != nullptr) return found;
    try {
      found = checkpoint_.bundle.tensor(key);
    } catch (const ModelError& error) {
      throw ModelError(layer.described() + ": " + error.what());
    }
    return found;
  }

  // A variable that a recipe's layer does not have belongs to a changed class.
  void check_recipes() const {
    visit_recipes(graph_.root, [&](const LayerInstance& recipe, const LayerInstance& layer) {
      if (&recipe != &layer) return;
      std::set<int> seen;
      check_read(recipe, nodes_.at(&layer), seen);
    });
  }

  void check_read(const LayerInstance& recipe, int node, std::set<int>& seen) const {
    if (node < 0 || !seen.insert(node).second) return;
    const ObjectNode& object = checkpoint_.objects.nodes()[static_cast<size_t>(node)];
    if (!object.variable.empty() && !tensors_.contains(object.variable))
      throw_left_over(checkpoint_.bundle.name(), recipe, object.variable);
    for (const auto& [attribute, child] : object.children) {
      if (attribute != "keras_api" && attribute.find("seed_generator") == std::string::npos) check_read(recipe, child, seen);
    }
  }

  [[noreturn]] void fail(const LayerInstance& layer, const std::string& attribute) const {
    throw ModelError(checkpoint_.bundle.name() + ": " + layer.described() + " has " + weights_described(layer) +
                     ", and the checkpoint has no \"" + attribute +
                     "\" for it; were config and weights written by the same model?" + note_of_recipe(layer));
  }

  LayerGraph& graph_;
  const Checkpoint& checkpoint_;
  std::set<const LayerInstance*> placed_;
  std::map<const LayerInstance*, int> nodes_;  // of the object graph, -1 for none
  std::map<std::string, std::shared_ptr<const Tensor>> tensors_;
};

}  // namespace

std::shared_ptr<const Checkpoint> open_checkpoint(const std::filesystem::path& folder, const std::filesystem::path& prefix,
                                                  const files::SharedBudget& budget) {
  TensorBundle bundle(folder, prefix, budget);
  if (!bundle.has(kObjects))
    throw ModelError(bundle.name() + " names no objects: it is a checkpoint of TensorFlow 1, which is not supported");
  const std::string objects = bundle.text(kObjects);
  ObjectGraph graph = ObjectGraph::of_checkpoint(objects, bundle.name(), *budget);
  return std::make_shared<const Checkpoint>(Checkpoint{std::move(bundle), std::move(graph)});
}

void read_checkpoint_weights(LayerGraph& graph, const Checkpoint& checkpoint) {
  graph.weights_file = checkpoint.bundle.name();
  CheckpointReader(graph, checkpoint).read();
}

}  // namespace keraunos::loader
