// Activations that are layers.
#include "loader/layers/common/activations.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/common/numbers.h"
#include "loader/layers/common/softmax.h"

namespace keraunos::loader {

std::vector<LayerDef> activation_layers();

namespace {

Value greater(Lowering& l, Value x, double limit) { return l.binary(Function::greater, x, l.scalar(limit, l.dtype(x))); }

std::vector<Traced> lower_activation(Lowering& l) {
  const Traced x = l.input();
  return {{l.activated(x.value), x.mask}};
}

// slope·(x − threshold) up to the threshold, x above it, never more than max_value.
std::vector<Traced> lower_relu(Lowering& l) {
  const Traced in = l.input();
  const Value x = in.value;
  const double slope = nonnegative_of(l.config(), "negative_slope", 0), threshold = nonnegative_of(l.config(), "threshold", 0);
  Value y;
  if (threshold == 0) {
    y = slope == 0 ? l.unary(Function::relu, x) : l.unary(Function::leaky_relu, x, slope);
  } else {
    const Value below = slope == 0 ? l.scalar(0, l.dtype(x)) : l.multiply(l.add(x, -threshold), slope);
    y = l.select(greater(l, x, threshold), x, below);
  }
  if (l.config().has("max_value")) {
    y = l.binary(Function::minimum, y, l.scalar(nonnegative_of(l.config(), "max_value", 0), l.dtype(x)));
  }
  return {{y, in.mask}};
}

std::vector<Traced> lower_leaky_relu(Lowering& l) {
  const Traced x = l.input();
  const double slope = number_of(l.config(), l.config().has("alpha") ? "alpha" : "negative_slope", 0.3);
  return {{l.unary(Function::leaky_relu, x.value, slope), x.mask}};
}

std::vector<Traced> lower_elu(Lowering& l) {
  const Traced x = l.input();
  return {{l.unary(Function::elu, x.value, number_of(l.config(), "alpha", 1)), x.mask}};
}

std::vector<Traced> lower_thresholded_relu(Lowering& l) {
  const Traced x = l.input();
  const Value zero = l.scalar(0, l.dtype(x.value));
  return {{l.select(greater(l, x.value, nonnegative_of(l.config(), "theta", 1)), x.value, zero), x.mask}};
}

// One slope per element of a sample, or per element of the axes that are not shared.
std::vector<Traced> lower_prelu(Lowering& l) {
  const Traced x = l.input();
  const Shape whole = l.shape(x.value);
  if (whole.empty()) l.refuse("needs an input with a batch axis");
  Shape slopes(whole.begin() + 1, whole.end());
  const Range within{1, static_cast<int64_t>(slopes.size())};  // counted from 1, without the batch
  for (int64_t axis : l.config().has("shared_axes") ? l.config().integers("shared_axes", 0, within) : std::vector<int64_t>{}) {
    slopes[static_cast<size_t>(axis - 1)] = {1};
  }
  const Value alpha = l.weight("alpha", slopes);
  return {{l.select(greater(l, x.value, 0), x.value, l.multiply(x.value, alpha)), x.mask}};
}

std::vector<Traced> lower_softmax(Lowering& l) {
  const Traced x = l.input();
  const Value mask = numeric_mask_argument(l, x);
  const std::vector<int> axes = axes_of(l.config(), "axis", l.rank(x.value), -1);
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
  LayerDef prelu = layer("PReLU", {"shared_axes"}, lower_prelu);
  prelu.weights = [](const Config&) { return std::vector<WeightName>{{.name = "alpha"}}; };
  return {
      layer("Activation", {"activation"}, lower_activation),
      layer("ReLU", {"max_value", "negative_slope", "threshold"}, lower_relu),
      layer("LeakyReLU", {"alpha", "negative_slope"}, lower_leaky_relu),
      layer("ELU", {"alpha"}, lower_elu),
      layer("ThresholdedReLU", {"theta"}, lower_thresholded_relu),
      layer("Softmax", {"axis"}, lower_softmax),
      prelu,
  };
}

}  // namespace keraunos::loader
