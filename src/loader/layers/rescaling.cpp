// Rescaling with numbers of the config, Normalization with stored statistics.
#include "host/graph/extent.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/common/numbers.h"

namespace keraunos::loader {

std::vector<LayerDef> rescaling_layers();

namespace {

// Keras 2's preprocessing layers drop the mask, Keras 3's keep it.
Value kept_mask(const Lowering& l, const Traced& x) { return l.dialect().before(3, 0) ? Value{} : x.mask; }

std::vector<Traced> lower_rescaling(Lowering& l) {
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  const Value scaled = l.multiply(x, constant_of(l, "scale", l.dtype(x)));
  if (l.config().is_missing("offset")) return {{scaled, kept_mask(l, in)}};
  return {{l.add(scaled, constant_of(l, "offset", l.dtype(x))), kept_mask(l, in)}};
}

bool in_config(const Config& config) { return config.has("mean"); }

// A mean or variance, in a shape that broadcasts over x: axes that were not averaged keep their extent.
Value statistic(Lowering& l, Value x, const std::vector<int>& kept, std::string_view name) {
  const Shape spread = broadcast_at(l, x, kept);
  if (!in_config(l.config())) return l.reshape(l.weight(name, extents_at(l, x, kept)), spread);
  const Value given = constant_of(l, name, l.dtype(x));
  if (l.rank(given) == 0) return given;
  // Aligned with the kept axes from the right.
  if (l.rank(given) > static_cast<int>(kept.size())) {
    if (l.dims(given).elements() == host::product_of(spread).size) return l.reshape(given, spread);
    l.config().fail(name, "an array of rank " + std::to_string(kept.size()) + " at most");
  }
  Shape aligned(static_cast<size_t>(l.rank(x)), Dim{1});
  for (int i = 1; i <= l.rank(given); ++i)
    aligned[static_cast<size_t>(kept[kept.size() - static_cast<size_t>(i)])] = l.dim(given, -i);
  return l.reshape(given, aligned);
}

std::vector<Traced> lower_normalization(Lowering& l) {
  if (l.config().has("variance") && !in_config(l.config())) l.config().fail("mean", "an array, as \"variance\" is one");
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  const std::vector<int> kept = l.config().has("axis") ? axes_of(l.config(), "axis", l.rank(x), -1) : std::vector<int>{};
  const Value mean = statistic(l, x, kept, "mean");
  const Value deviation = l.unary(Function::sqrt, statistic(l, x, kept, "variance"));
  const Value divisor = l.binary(Function::maximum, deviation, l.scalar(1e-7, l.dtype(x)));
  const Value y = l.config().flag("invert", false) ? l.add(mean, l.multiply(x, divisor)) : l.divide(l.subtract(x, mean), divisor);
  return {{y, kept_mask(l, in)}};
}

std::vector<WeightName> normalization_weights(const Config& config) {
  if (in_config(config)) return {};
  return {{.name = "mean", .trainable = false},
          {.name = "variance", .trainable = false},
          {.name = "count", .trainable = false, .optional = true}};
}

}  // namespace

std::vector<LayerDef> rescaling_layers() {
  return {
      {.classes = {"Rescaling"}, .keys = {"scale", "offset"}, .weights = {}, .children = {}, .lower = lower_rescaling},
      {.classes = {"Normalization"},
       .keys = {"axis", "mean", "variance", "invert"},
       .weights = normalization_weights,
       .children = {},
       .lower = lower_normalization},
  };
}

}  // namespace keraunos::loader
