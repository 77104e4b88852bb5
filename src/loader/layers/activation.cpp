// Layers that are activations.
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/numbers.h"
#include "loader/layers/common/softmax.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> activation_layers();

namespace {

Value greater(Lowering& l, Value x, double limit) { return l.binary(Function::greater, x, l.scalar(limit, l.dtype(x))); }

std::vector<Traced> lower_activation(Lowering& l) {
  const Traced x = l.input();
  return {{l.activated(x.value), x.mask}};
}

// slope·(x − threshold) up to the threshold, x above it, at most max_value.
std::vector<Traced> lower_relu(Lowering& l) {
  const Traced in = l.input();
  const Value x = in.value;
  const double slope = nonnegative_of(l.config(), "negative_slope", 0), threshold = nonnegative_of(l.config(), "threshold", 0);
  if (!l.dialect().before(3, 0)) require_fit(l.config(), "threshold", threshold, l.dtype(x));
  Value y;
  if (threshold == 0) {
    y = slope == 0 ? l.unary(Function::relu, x) : l.unary(Function::leaky_relu, x, slope);
  } else {
    const Value below = slope == 0 ? l.scalar(0, l.dtype(x)) : l.multiply(l.add(x, -threshold), slope);
    y = l.select(greater(l, x, threshold), x, below);
  }
  if (l.config().has("max_value")) {
    const double most = nonnegative_of(l.config(), "max_value", 0);
    if (!l.dialect().before(3, 0)) require_fit(l.config(), "max_value", most, l.dtype(x));
    y = l.binary(Function::minimum, y, l.scalar(most, l.dtype(x)));
  }
  return {{y, in.mask}};
}

void slope_to_keras3(Json& config) { rename_key(config, "alpha", "negative_slope"); }

std::vector<Traced> lower_leaky_relu(Lowering& l) {
  const Traced x = l.input();
  return {{l.unary(Function::leaky_relu, x.value, leaky_slope(l.config(), l.dialect())), x.mask}};
}

std::vector<Traced> lower_elu(Lowering& l) {
  const Traced x = l.input();
  return {{l.unary(Function::elu, x.value, number_of(l.config(), "alpha", 1)), x.mask}};
}

std::vector<Traced> lower_thresholded_relu(Lowering& l) {
  const Traced x = l.input();
  const Value above = greater(l, x.value, nonnegative_of(l.config(), "theta", 1));
  return {{l.multiply(x.value, l.cast(above, l.dtype(x.value))), x.mask}};  // a product, as in Keras: NaN stays NaN
}

// One slope for each element of a sample, or for each element of the axes that are not shared.
std::vector<Traced> lower_prelu(Lowering& l) {
  const Traced x = l.input();
  const Shape whole = l.shape(x.value);
  if (whole.empty()) l.refuse("needs an input with a batch axis");
  Shape slopes(whole.begin() + 1, whole.end());
  const auto count = static_cast<int64_t>(slopes.size());
  const Range within{1 - count, count};  // Keras indexes the axes without the batch with axis − 1, below 0 from the end
  for (int64_t axis : l.config().has("shared_axes") ? l.config().integers("shared_axes", 0, within) : std::vector<int64_t>{}) {
    slopes[static_cast<size_t>(axis > 0 ? axis - 1 : axis - 1 + count)] = {1};
  }
  const Value alpha = l.weight("alpha", slopes);
  return {{l.select(greater(l, x.value, 0), x.value, l.multiply(x.value, alpha)), x.mask}};
}

// null means all axes, including the batch. An empty list is an error in Keras.
std::vector<int> softmax_axes(const Lowering& l, int rank) {
  if (!l.config().has("axis") && !l.config().is_missing("axis")) return other_axes(rank, {});
  std::vector<int> axes = axes_of(l.config(), "axis", rank, -1);
  if (axes.empty()) l.config().fail("axis", "an axis or several");
  return axes;
}

std::vector<Traced> lower_softmax(Lowering& l) {
  const Traced x = l.input();
  const Value mask = numeric_mask_argument(l, x);
  const std::vector<int> axes = softmax_axes(l, l.rank(x.value));
  return {{masked_softmax(l, x.value, mask, axes), mask}};
}

}  // namespace

std::vector<LayerDef> activation_layers() {
  const auto layer = [](std::string name, std::set<std::string> keys, std::vector<Traced> (*lower)(Lowering&)) {
    return LayerDef{.classes = {std::move(name)},
                    .keys = std::move(keys),
                    .weights = {},
                    .children = {},
                    .lower = lower,
                    .passes_mask = true};
  };
  LayerDef leaky = layer("LeakyReLU", {"alpha", "negative_slope"}, lower_leaky_relu);
  leaky.traits = std::make_shared<const LayerTraits>(LayerTraits{.config_to_keras3 = slope_to_keras3});
  LayerDef thresholded = layer("ThresholdedReLU", {"theta"}, lower_thresholded_relu);
  thresholded.traits = std::make_shared<const LayerTraits>(LayerTraits{.class_in_keras3 = "-"});
  LayerDef prelu = layer("PReLU", {"shared_axes"}, lower_prelu);
  prelu.weights = [](const Config&) { return std::vector<WeightName>{{.name = "alpha"}}; };
  return {
      layer("Activation", {"activation"}, lower_activation),
      layer("ReLU", {"max_value", "negative_slope", "threshold"}, lower_relu),
      leaky,
      layer("ELU", {"alpha"}, lower_elu),
      thresholded,
      layer("Softmax", {"axis"}, lower_softmax),
      prelu,
  };
}

}  // namespace keraunos::loader
