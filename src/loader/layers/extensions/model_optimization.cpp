// TensorFlow Model Optimization 0.7.5 (Keras 2): PruneLowMagnitude, a layer whose pruned weights are multiplied by a mask in each
// call, also at inference.
#include <map>

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/changed_weights.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> model_optimization_layers();

namespace {

constexpr const char* kVariables = "tensorflow_model_optimization>pruning_variables";

std::string class_of_wrapped(const Config& config) {
  const files::Json* name = config.object("layer").json().find("class_name");
  const std::string whole = name != nullptr && name->is_string() ? name->as_string() : std::string();
  return whole.substr(whole.rfind('>') + 1);
}

// The pruned weight; empty for layers without one. Recurrent and attention layers have several.
std::string pruned_weight(const std::string& class_name) {
  static const std::map<std::string, std::string, std::less<>> names{{"Dense", "kernel"},
                                                                     {"Conv1D", "kernel"},
                                                                     {"Conv2D", "kernel"},
                                                                     {"Conv3D", "kernel"},
                                                                     {"Conv2DTranspose", "kernel"},
                                                                     {"Conv3DTranspose", "kernel"},
                                                                     {"LocallyConnected1D", "kernel"},
                                                                     {"LocallyConnected2D", "kernel"},
                                                                     {"SeparableConv1D", "pointwise_kernel"},
                                                                     {"SeparableConv2D", "pointwise_kernel"},
                                                                     {"Embedding", "embeddings"},
                                                                     {"QDense", "kernel"},
                                                                     {"QConv1D", "kernel"},
                                                                     {"QConv2D", "kernel"}};
  const auto found = names.find(class_name);
  return found == names.end() ? std::string() : found->second;
}

std::optional<std::string> unless_known(const Config& config) {
  const std::string name = class_of_wrapped(config);
  const bool recurrent = name.ends_with("LSTM") || name.ends_with("GRU") || name.ends_with("RNN") || name == "Bidirectional";
  if (!recurrent && name != "MultiHeadAttention" && name != "TimeDistributed") return std::nullopt;
  return "prunes a layer of class " + name + ", which is not supported";
}

std::vector<WeightName> variables_of_pruning(const Config& config) {
  if (pruned_weight(class_of_wrapped(config)).empty()) return {};
  return {{.name = "mask", .trainable = false},
          {.name = "threshold", .trainable = false},
          {.name = "pruning_step", .trainable = false}};
}

// HDF5 files list the wrapper's variables after the layer's non-trainable ones. With a mask there are none of these; a counter
// alone is modelled as a separate layer after the wrapped one.
std::vector<ChildName> layer_and_counter(const Config& config) {
  std::vector<ChildName> children{{.attribute = "layer", .aliases = {}, .config = config.layer("layer")}};
  if (pruned_weight(class_of_wrapped(config)).empty())
    children.push_back({.attribute = "pruning_variables", .aliases = {}, .config = {kVariables, "{}"}});
  return children;
}

std::vector<Traced> lower_pruned(Lowering& l) {
  const std::string name = pruned_weight(class_of_wrapped(l.config()));
  if (trains(l)) l.refuse("is called with training=True, which changes its weights in each call");
  if (name.empty()) return l.call_child("layer", l.arguments());
  const Shape shape = shape_of_child_weight(l, "layer", name);
  const Value masked = l.multiply(l.child_weight("layer", name, shape), l.weight("mask", shape));
  return call_child_with(l, "layer", {{name, masked}}, l.input());
}

}  // namespace

std::vector<LayerDef> model_optimization_layers() {
  return {
      {.classes = {"tensorflow_model_optimization>PruneLowMagnitude", "PruneLowMagnitude"},
       .keys = {"layer", "pruning_schedule", "block_size", "block_pooling_type", "sparsity_m_by_n"},
       .weights = variables_of_pruning,
       .children = layer_and_counter,
       .lower = lower_pruned,
       .autocast = false,
       .traits = std::make_shared<const LayerTraits>(LayerTraits{.refusal = unless_known})},
      {.classes = {kVariables},
       .weights =
           [](const Config&) { return std::vector<WeightName>{{.name = "pruning_step", .trainable = false, .optional = true}}; },
       .lower = [](Lowering& l) -> std::vector<Traced> { l.refuse("holds variables alone"); }}};
}

}  // namespace keraunos::loader
