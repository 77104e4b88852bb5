// keras-contrib 2.0.8 (Keras 2): InstanceNormalization, which adds epsilon to the deviation, and without an axis also normalises
// over the channels.
#include <cmath>

#include "loader/keras/layer_graph.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> keras_contrib_layers();

namespace {

std::vector<Traced> lower_contrib_instances(Lowering& l) {
  const Config& config = l.config();
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  if (l.rank(x) < 2) l.refuse("needs an input of rank 2 at least, found " + l.dims(x).to_string());
  const bool has_axis = config.has("axis");
  const int axis = has_axis ? axis_of(config, "axis", l.rank(x), -1) : 0;
  if (has_axis && axis == 0) config.fail("axis", "an axis behind the batch, or null");
  std::vector<int> others;
  for (int i = 1; i < l.rank(x); ++i) {
    if (!has_axis || i != axis) others.push_back(i);
  }
  const Value centred = l.subtract(x, l.reduce(Reduction::mean, x, others, true));
  const Value variance = l.reduce(Reduction::mean, l.unary(Function::square, centred), others, true);
  Value y = l.divide(centred, l.add(l.unary(Function::sqrt, variance), config.number("epsilon", 1e-3, RealRange{})));
  const auto parameter = [&](std::string_view name) {
    const Value weight = l.weight(name, {has_axis ? l.dim(x, axis) : Dim{1}});
    return has_axis ? l.reshape(weight, broadcast_at(l, x, {axis})) : weight;
  };
  if (config.flag("scale", true)) y = l.multiply(y, parameter("gamma"));
  if (config.flag("center", true)) y = l.add(y, parameter("beta"));
  return {{y, in.mask}};
}

std::vector<WeightName> weights_of_contrib_instances(const Config& config) {
  std::vector<WeightName> names;
  if (config.flag("scale", true)) names.push_back({.name = "gamma"});
  if (config.flag("center", true)) names.push_back({.name = "beta"});
  return names;
}

std::optional<std::string> unless_of_contrib(const Config& config) {
  for (const char* key : {"axis", "epsilon", "center", "scale"}) {
    if (config.is_missing(key)) return std::string(kUnregisteredClass);
  }
  return std::nullopt;
}

}  // namespace

std::vector<LayerDef> keras_contrib_layers() {
  return {{.classes = {"keras_contrib>InstanceNormalization", "InstanceNormalization"},
           .keys = {"axis", "epsilon", "center", "scale"},
           .weights = weights_of_contrib_instances,
           .lower = lower_contrib_instances,
           .traits = std::make_shared<const LayerTraits>(LayerTraits{.refusal = unless_of_contrib})}};
}

}  // namespace keraunos::loader
