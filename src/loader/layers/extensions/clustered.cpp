// TensorFlow Model Optimization 0.7.5 (Keras 2): ClusterWeights, whose inner layer computes in each call with the centroid
// nearest to each weight. The wrapper holds the weight itself, so that files list it after the other weights of the inner layer.
#include <map>

#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/changed_weights.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> clustered_layers();

namespace {

std::string class_of_clustered(const Config& config) {
  const files::Json* name = config.object("layer").json().find("class_name");
  return name != nullptr && name->is_string() ? name->as_string() : std::string();
}

// The clustered weight of a class; empty for classes without one.
std::string clusterable_weight(const std::string& class_name) {
  static const std::map<std::string, std::string, std::less<>> names{{"Dense", "kernel"},
                                                                     {"Conv1D", "kernel"},
                                                                     {"Conv2D", "kernel"},
                                                                     {"Conv3D", "kernel"},
                                                                     {"Conv1DTranspose", "kernel"},
                                                                     {"Conv2DTranspose", "kernel"},
                                                                     {"Conv3DTranspose", "kernel"},
                                                                     {"LocallyConnected1D", "kernel"},
                                                                     {"LocallyConnected2D", "kernel"},
                                                                     {"SeparableConv1D", "pointwise_kernel"},
                                                                     {"SeparableConv2D", "pointwise_kernel"},
                                                                     {"Embedding", "embeddings"}};
  const auto found = names.find(class_name);
  return found == names.end() ? std::string() : found->second;
}

// A frozen layer has no trainable weights, and the library clusters no others.
std::string clustered_weight(const Config& config) {
  const bool frozen = !config.object("layer").object("config").flag("trainable", true);
  return frozen ? std::string() : clusterable_weight(class_of_clustered(config));
}

bool is_clustered_by_channel(const Config& config) {
  const std::string name = class_of_clustered(config);
  return config.flag("cluster_per_channel", false) && (name == "Conv2D" || name == "Conv2DTranspose");
}

std::optional<std::string> why_not_clustered(const Config& config) {
  const std::string name = clustered_weight(config);
  if (!name.empty() && config.flag("preserve_sparsity", false))
    return "preserves zeros (\"preserve_sparsity\"): which weights these are depends on the weights with which the model was "
           "made, which no file holds; apply strip_clustering and save the result";
  const Config layer = config.object("layer").object("config");
  if (!name.empty() && is_clustered_by_channel(config) && layer.text("data_format", "channels_last") != "channels_last")
    return "clusters weights by channel in a layer with the data format \"channels_first\", which is not supported";
  return std::nullopt;
}

std::vector<std::string> names_held(const Config& config) {
  const std::string name = clustered_weight(config);
  return name.empty() ? std::vector<std::string>() : std::vector<std::string>{name};
}

std::vector<WeightName> variables_of_clustering(const Config& config) {
  const std::string name = clustered_weight(config);
  if (name.empty()) return {};
  return {{.name = "original_weight_" + name},
          {.name = "cluster_centroids_" + name},
          {.name = "pulling_indices_" + name, .trainable = false}};
}

Shape saved_shape(const Lowering& l, const std::string& name) {
  const Dims dims = l.saved(name).dims();
  Shape shape;
  for (int axis = 0; axis < dims.rank(); ++axis) shape.push_back({dims[axis]});
  return shape;
}

// For each weight the nearest centroid, the first of several. Centroids: (1, K), or (channels, K) for a weight (…, channels).
Value nearest_centroids(Lowering& l, Value weight, Value centroids) {
  const Shape shape = l.shape(weight);
  const auto distance = [&](Value w, Value c) { return l.unary(Function::abs, l.subtract(w, c)); };
  const Value first = l.squeeze(l.slice_axis(centroids, 1, 0, 1), 1);
  const LoopOperands operands{
      .carried = {distance(weight, first), l.broadcast_to(first, shape)}, .sequences = {centroids}, .captured = {weight}};
  const auto step = [&](const LoopStep& now) -> LoopResults {
    const Value centroid = now.slices[0], other = distance(now.captured[0], centroid);
    const Value nearer = l.binary(Function::less, other, now.carried[0]);
    return {.carried = {l.select(nearer, other, now.carried[0]), l.select(nearer, centroid, now.carried[1])}};
  };
  return l.loop(operands, step).carried[1];
}

std::vector<Traced> lower_clustered(Lowering& l) {
  const Config& config = l.config();
  const std::string name = clustered_weight(config);
  if (trains(l)) l.refuse("is called with training=True, which is not supported");
  if (name.empty()) return {{l.call_child("layer", l.arguments())[0].value, {}}};
  const Value weight = l.weight("original_weight_" + name, saved_shape(l, "original_weight_" + name), false);
  const Dim clusters{config.integer("number_of_clusters", Range{2})};
  const bool by_channel = is_clustered_by_channel(config);
  const Shape wanted = by_channel ? Shape{l.dim(weight, -1), clusters} : Shape{clusters};
  Value centroids = l.weight("cluster_centroids_" + name, wanted, false);
  if (!by_channel) centroids = l.expand_dims(centroids, 0);
  // The library multiplies by this sign, so that the weight has a gradient.
  const Value sign = l.unary(Function::sign, l.add(weight, 1e6));
  const Value used = l.multiply(nearest_centroids(l, weight, centroids), sign);
  return {{call_child_with(l, "layer", {{name, used}}, l.input())[0].value, {}}};
}

}  // namespace

std::vector<LayerDef> clustered_layers() {
  const LayerTraits traits{.holds_weights_of_child = names_held, .refusal = why_not_clustered};
  return {{.classes = {"tensorflow_model_optimization>ClusterWeights", "ClusterWeights"},
           .keys = {"layer", "number_of_clusters", "cluster_centroids_init", "preserve_sparsity", "cluster_gradient_aggregation",
                    "cluster_per_channel"},
           .weights = variables_of_clustering,
           .children =
               [](const Config& config) {
                 return std::vector<ChildName>{{.attribute = "layer", .aliases = {}, .config = config.layer("layer")}};
               },
           .lower = lower_clustered,
           .autocast = false,
           .traits = std::make_shared<const LayerTraits>(traits)}};
}

}  // namespace keraunos::loader
