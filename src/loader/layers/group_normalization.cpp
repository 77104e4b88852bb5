// Normalisation by statistics of groups of channels (GroupNormalization) and by the root mean square (RMSNormalization).
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"

namespace keraunos::loader {

std::vector<LayerDef> group_normalization_layers();

namespace {

// Statistics are computed in float32 or float64, and the result is rounded once.
Value widened(Lowering& l, Value x) { return size_of(l.dtype(x)) == 2 ? l.cast(x, DType::float32) : x; }

Value rooted(Lowering& l, Value variance, double epsilon) { return l.unary(Function::rsqrt, l.add(variance, epsilon)); }

// -1: each channel is a group.
int64_t groups_of(const Config& config, int64_t channels) {
  const int64_t groups = config.is_missing("groups") ? 32 : config.integer("groups", Range{-1});
  if (groups == -1) return channels;
  if (groups == 0 || channels % groups != 0)
    config.fail("groups", "-1 or a divisor of the " + std::to_string(channels) + " channels");
  return groups;
}

// Splits the channel axis in two: groups, and channels of a group.
Shape grouped(const Shape& whole, int axis, int64_t groups) {
  Shape shape = whole;
  shape[static_cast<size_t>(axis)].size /= groups;
  shape.insert(shape.begin() + axis, Dim{groups});
  return shape;
}

std::vector<Traced> lower_group_normalization(Lowering& l) {
  const Traced in = l.input();
  const Config& config = l.config();
  if (l.dialect().before(3, 0) && mask_argument(l, in)) l.refuse("is called with a mask, by which Keras 2 weighs its statistics");
  const Value given = as_computed(l, in.value), x = widened(l, given);
  const int axis = axis_of(config, "axis", l.rank(x), -1);
  if (axis == 0) config.fail("axis", "an axis behind the batch");
  const Dim channels = l.dim(x, axis);
  const int64_t groups = groups_of(config, channels.size);
  const Value parts = l.reshape(x, grouped(l.shape(x), axis, groups));
  std::vector<int> others;
  for (int i = 1; i < l.rank(parts); ++i) {
    if (i != axis) others.push_back(i);
  }
  const Value centred = l.subtract(parts, l.reduce(Reduction::mean, parts, others, true));
  const Value variance = l.reduce(Reduction::mean, l.unary(Function::square, centred), others, true);
  Value y = l.multiply(centred, rooted(l, variance, config.number("epsilon", 1e-3, RealRange{})));
  const auto parameter = [&](std::string_view name) {
    const Shape along = grouped(broadcast_at(l, x, {axis}), axis, groups);
    return l.reshape(l.cast(l.weight(name, {channels}, false), l.dtype(x)), along);
  };
  if (config.flag("scale", true)) y = l.multiply(y, parameter("gamma"));
  if (config.flag("center", true)) y = l.add(y, parameter("beta"));
  return {{l.cast(l.reshape(y, l.shape(x)), l.dtype(given)), in.mask}};
}

std::vector<Traced> lower_rms_normalization(Lowering& l) {
  const Traced in = l.input();
  const Value given = as_computed(l, in.value), x = widened(l, given);
  const std::vector<int> axes = axes_of(l.config(), "axis", l.rank(x), -1);
  const Value mean = l.reduce(Reduction::mean, l.unary(Function::square, x), axes, true);
  const Value y = l.multiply(x, rooted(l, mean, l.config().number("epsilon", 1e-6, RealRange{})));
  // Keras multiplies along the last axes, whichever axes were normalised.
  const Value scale = l.cast(l.weight("scale", extents_at(l, x, axes), false), l.dtype(x));
  return {{l.cast(l.multiply(y, scale), l.dtype(given)), in.mask}};
}

std::vector<WeightName> group_weights(const Config& config) {
  std::vector<WeightName> names;
  if (config.flag("scale", true)) names.push_back({.name = "gamma"});
  if (config.flag("center", true)) names.push_back({.name = "beta"});
  return names;
}

std::vector<WeightName> rms_weights(const Config&) { return {{.name = "scale"}}; }

}  // namespace

std::vector<LayerDef> group_normalization_layers() {
  return {
      {.classes = {"GroupNormalization"},
       .keys = {"groups", "axis", "epsilon", "center", "scale"},
       .weights = group_weights,
       .children = {},
       .lower = lower_group_normalization,
       .passes_mask = true},
      {.classes = {"RMSNormalization"},
       .keys = {"axis", "epsilon"},
       .weights = rms_weights,
       .children = {},
       .lower = lower_rms_normalization,
       .passes_mask = true},
  };
}

}  // namespace keraunos::loader
