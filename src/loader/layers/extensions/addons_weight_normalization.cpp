// TensorFlow Addons 0.23.0 (Keras 2): WeightNormalization, a layer whose kernel is g·v / |v| for each index of its last axis.
// Before its first call the file states that it is not initialised: that call would compute g from the data.
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/changed_weights.h"

namespace keraunos::loader {

std::vector<LayerDef> addons_weight_normalization_layers();

namespace {

bool is_initialised(const Lowering& l) {
  const Tensor& saved = l.saved("initialized");
  return saved.dims().elements() == 1 && static_cast<const unsigned char*>(saved.data())[0] != 0;
}

std::vector<Traced> lower_weight_normalization(Lowering& l) {
  if (!l.child_has_weight("layer", "kernel"))
    l.refuse("wraps a layer of class " + l.child_class("layer") + ", whose kernel is not known");
  if (!is_initialised(l)) l.refuse("was saved before it was called, so that its first call would change its weights");
  const Shape shape = shape_of_child_weight(l, "layer", "kernel");
  const Value v = l.child_weight("layer", "kernel", shape);
  std::vector<int> axes;
  for (int axis = 0; axis + 1 < static_cast<int>(shape.size()); ++axis) axes.push_back(axis);
  const Value square = l.reduce(Reduction::sum, l.unary(Function::square, v), axes, true);
  const Value least = l.binary(Function::maximum, square, l.scalar(1e-12, l.dtype(v)));
  const Value kernel = l.multiply(l.multiply(v, l.unary(Function::rsqrt, least)), l.weight("g", {shape.back()}));
  return call_child_with(l, "layer", {{"kernel", kernel}}, l.input());
}

// With data_init Addons keeps a frozen copy of the layer, which is used only in the first call.
std::vector<ChildName> layer_and_copy(const Config& config) {
  std::vector<ChildName> children{{.attribute = "layer", .aliases = {}, .config = config.layer("layer")}};
  if (!config.flag("data_init", true)) return children;
  files::Json copy = config.object("layer").json();
  const files::Json* inner = copy.find("config");
  if (inner == nullptr || !inner->is_object()) return children;
  files::Json frozen = *inner;
  frozen.set("trainable", false);
  copy.set("config", std::move(frozen));
  children.push_back(
      {.attribute = "_naked_clone_layer", .aliases = {}, .config = std::make_shared<const files::Json>(std::move(copy))});
  return children;
}

// Archives list the kernel a second time, as v.
std::vector<WeightName> weights_of_normalization(const Config&) {
  return {{.name = "g"}, {.name = "v", .optional = true}, {.name = "initialized", .trainable = false}};
}

}  // namespace

std::vector<LayerDef> addons_weight_normalization_layers() {
  return {{.classes = {"Addons>WeightNormalization"},
           .keys = {"layer", "data_init"},
           .weights = weights_of_normalization,
           .children = layer_and_copy,
           .lower = lower_weight_normalization}};
}

}  // namespace keraunos::loader
