// TensorFlow Addons 0.23.0 (Keras 2): normalisations. GroupNormalization and InstanceNormalization subtract the mean of each
// group of channels of a sample and divide by its deviation; FilterResponseNormalization divides each channel by its root mean
// square.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> addons_normalization_layers();

namespace {

// Splits the channel axis in two: groups, and channels of a group. With one channel per group the axis is kept.
Shape in_groups(const Shape& whole, int axis, int64_t groups) {
  Shape shape = whole;
  Dim& channels = shape[static_cast<size_t>(axis)];
  if (channels.size == groups) return shape;
  channels.size /= groups;
  shape.insert(shape.begin() + axis, Dim{groups});
  return shape;
}

int64_t number_of_groups(const Config& config, int64_t channels) {
  const int64_t groups = config.integer("groups", 32, Range{-1});
  if (groups == -1) return channels;
  if (groups == 0 || channels % groups != 0)
    config.fail("groups", "-1 or a divisor of the " + std::to_string(channels) + " channels");
  return groups;
}

std::vector<Traced> lower_groups(Lowering& l) {
  const Config& config = l.config();
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  // For other negative axes Addons uses the wrong axis.
  const int64_t stated = config.integer("axis", -1, Range{-1, l.rank(x) - 1});
  if (stated == 0 || l.rank(x) < 2) config.fail("axis", "an axis behind the batch, counted from the front, or -1");
  const int axis = stated < 0 ? l.rank(x) - 1 : static_cast<int>(stated);
  const Dim channels = l.dim(x, axis);
  const int64_t groups = number_of_groups(config, channels.size);
  const Value parts = l.reshape(x, in_groups(l.shape(x), axis, groups));
  std::vector<int> others;
  for (int i = 1; i < l.rank(parts); ++i) {
    if (i != axis) others.push_back(i);
  }
  const Value centred = l.subtract(parts, l.reduce(Reduction::mean, parts, others, true));
  const Value variance = l.reduce(Reduction::mean, l.unary(Function::square, centred), others, true);
  Value y = l.multiply(centred, l.unary(Function::rsqrt, l.add(variance, config.number("epsilon", 1e-3, RealRange{}))));
  const auto parameter = [&](std::string_view name) {
    return l.reshape(l.weight(name, {channels}), in_groups(broadcast_at(l, x, {axis}), axis, groups));
  };
  if (config.flag("scale", true)) y = l.multiply(y, parameter("gamma"));
  if (config.flag("center", true)) y = l.add(y, parameter("beta"));
  return {{l.reshape(y, l.shape(x)), in.mask}};
}

std::vector<WeightName> weights_of_groups(const Config& config) {
  std::vector<WeightName> names;
  if (config.flag("scale", true)) names.push_back({.name = "gamma"});
  if (config.flag("center", true)) names.push_back({.name = "beta"});
  return names;
}

std::vector<Traced> lower_filter_response(Lowering& l) {
  const Config& config = l.config();
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  if (l.rank(x) != 4) l.refuse("needs an input of rank 4, found " + l.dims(x).to_string());
  if (config.has("axis") && config.integers("axis") != std::vector<int64_t>{1, 2}) config.fail("axis", "[1, 2]");
  const int spatial[] = {1, 2};
  const Value square = l.reduce(Reduction::mean, l.unary(Function::square, x), spatial, true);
  Value least = l.scalar(std::abs(config.number("epsilon", 1e-6, RealRange{})), l.dtype(x));
  if (config.flag("learned_epsilon", false)) least = l.add(least, l.unary(Function::abs, l.weight("learned_epsilon", {{1}})));
  const Value y = l.multiply(x, l.unary(Function::rsqrt, l.add(square, least)));
  const Shape channels{{1}, {1}, {1}, l.dim(x, 3)};
  return {{l.add(l.multiply(l.weight("gamma", channels), y), l.weight("beta", channels)), in.mask}};
}

std::vector<WeightName> weights_of_filter_response(const Config& config) {
  std::vector<WeightName> names;
  if (config.flag("learned_epsilon", false)) names.push_back({.name = "learned_epsilon"});
  names.insert(names.end(), {{.name = "gamma"}, {.name = "beta"}});
  return names;
}

// The weights were divided by their largest singular value during training, and are saved in that form.
std::vector<Traced> lower_wrapped(Lowering& l) {
  if (trains(l)) l.refuse("is called with training=True, which changes its weights in each call");
  return l.call_child("layer", {Arg{l.input()}});
}

LayerDef spectral() {
  return {.classes = {"Addons>SpectralNormalization"},
          .keys = {"layer", "power_iterations"},
          .weights = [](const Config&) { return std::vector<WeightName>{{.name = "sn_u", .trainable = false}}; },
          .children =
              [](const Config& config) {
                return std::vector<ChildName>{{.attribute = "layer", .aliases = {}, .config = config.layer("layer")}};
              },
          .lower = lower_wrapped,
          .traits = std::make_shared<const LayerTraits>(LayerTraits{.repeated_child_weights = 1})};  // the kernel
}

}  // namespace

std::vector<LayerDef> addons_normalization_layers() {
  return {{.classes = {"Addons>GroupNormalization", "Addons>InstanceNormalization"},
           .keys = {"groups", "axis", "epsilon", "center", "scale"},
           .weights = weights_of_groups,
           .lower = lower_groups,
           .passes_mask = true},
          {.classes = {"Addons>FilterResponseNormalization"},
           .keys = {"axis", "epsilon", "learned_epsilon"},
           .weights = weights_of_filter_response,
           .lower = lower_filter_response,
           .passes_mask = true},
          spectral()};
}

}  // namespace keraunos::loader
