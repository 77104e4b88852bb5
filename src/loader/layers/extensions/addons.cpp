// TensorFlow Addons 0.23.0 (Keras 2): layers that are one formula each, as they compute at inference.
#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/axes.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/extensions/addons_activations.h"

namespace keraunos::loader {

std::vector<LayerDef> addons_layers();

namespace {

using StatedWeights = std::vector<WeightName>;

std::vector<Traced> lower_gelu(Lowering& l) {
  const Traced x = l.input();
  const bool approximate = l.config().flag("approximate", true);
  return {{l.unary(approximate ? Function::gelu_tanh : Function::gelu, x.value), x.mask}};
}

std::vector<Traced> lower_snake(Lowering& l) {
  const Traced x = l.input();
  return {{snake(l, x.value, l.weight("frequency", {})), {}}};
}

std::vector<Traced> lower_sparsemax(Lowering& l) {
  const Traced in = l.input();
  const int rank = l.rank(in.value), axis = axis_of(l.config(), "axis", rank, -1);
  std::vector<int> order(static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) order[static_cast<size_t>(i)] = i;
  std::swap(order[static_cast<size_t>(axis)], order.back());
  return {{l.transpose(simplex_projection(l, l.transpose(in.value, order)), order), in.mask}};
}

// The maximum over each num_units-th channel.
std::vector<Traced> lower_maxout(Lowering& l) {
  const Value x = l.input().value;
  const int axis = axis_of(l.config(), "axis", l.rank(x), -1);
  const int64_t units = l.config().integer("num_units", Range{1}), channels = l.dim(x, axis).size;
  if (channels % units != 0) l.config().fail("num_units", "a divisor of the " + std::to_string(channels) + " channels");
  Shape shape = l.shape(x);
  shape[static_cast<size_t>(axis)].size = units;
  shape.insert(shape.begin() + axis, Dim{channels / units});
  const int parts[] = {axis};
  return {{l.reduce(Reduction::maximum, l.reshape(x, shape), parts), {}}};
}

std::vector<Traced> pair_of(const Lowering& l) {
  std::vector<Traced> inputs = l.inputs();
  if (inputs.size() != 2) l.refuse("needs two inputs, found " + std::to_string(inputs.size()));
  return inputs;
}

std::vector<Traced> lower_polynomial(Lowering& l) {
  const std::vector<Traced> inputs = pair_of(l);
  const Value first = as_computed(l, inputs[0].value), x = as_computed(l, inputs[1].value);
  const Dim features = l.dim(x, -1);
  Value product;
  if (l.config().has("projection_dim")) {
    const Dim width{l.config().integer("projection_dim", Range{0})};
    product = l.matmul(l.matmul(x, l.weight("kernel_u", {features, width})), l.weight("kernel_v", {width, features}));
  } else {
    product = l.matmul(x, l.weight("kernel", {features, features}));
  }
  const double diagonal = l.config().number("diag_scale", 0, RealRange{});
  if (diagonal != 0) product = l.add(product, l.multiply(x, diagonal));
  Value y = l.add(l.multiply(first, product), x);
  if (l.config().flag("use_bias", true)) y = l.add(y, l.weight("bias", {features}));
  return {{y, inputs[0].mask}};
}

StatedWeights weights_of_polynomial(const Config& config) {
  StatedWeights names = config.has("projection_dim") ? StatedWeights{{.name = "kernel_u"}, {.name = "kernel_v"}}
                                                     : StatedWeights{{.name = "kernel"}};
  if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
  return names;
}

// Weights are mu + sigma·epsilon; the file holds the last epsilon that was drawn.
std::vector<Traced> lower_noisy_dense(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const Dim units{l.config().integer("units", Range{1})};
  const auto noisy = [&](const std::string& what, const Shape& shape) {
    const Value noise = l.multiply(l.weight("sigma_" + what, shape), l.weight("eps_" + what, shape));
    return l.add(l.weight("mu_" + what, shape), noise);
  };
  Value y = l.matmul(x, noisy("kernel", {l.dim(x, -1), units}));
  if (l.config().flag("use_bias", true)) y = l.add(y, noisy("bias", {units}));
  return {{l.activated(y), l.input().mask}};
}

StatedWeights weights_of_noisy_dense(const Config& config) {
  StatedWeights names;
  for (const char* what : {"kernel", "bias"}) {
    if (what == std::string_view("bias") && !config.flag("use_bias", true)) break;
    names.push_back({.name = std::string("sigma_") + what});
    names.push_back({.name = std::string("mu_") + what});
    names.push_back({.name = std::string("eps_") + what, .trainable = false});
  }
  return names;
}

std::vector<Traced> lower_stochastic_depth(Lowering& l) {
  refuse_training(l);
  const std::vector<Traced> inputs = pair_of(l);
  const double survives = l.config().number("survival_probability", 0.5, RealRange{0, 1});
  return {{l.add(inputs[0].value, l.multiply(inputs[1].value, survives)), {}}};
}

std::vector<Traced> lower_tlu(Lowering& l) {
  const Traced in = l.input();
  const Value x = as_computed(l, in.value);
  if (l.rank(x) < 1) l.refuse("needs an input with a batch axis");
  const Shape whole = l.shape(x), sample(whole.begin() + 1, whole.end());
  Value least = l.weight("tau", sample);
  if (l.config().flag("affine", false)) least = l.add(least, l.multiply(l.weight("alpha", sample), x));
  return {{l.binary(Function::maximum, x, least), in.mask}};
}

StatedWeights weights_of_tlu(const Config& config) {
  return config.flag("affine", false) ? StatedWeights{{.name = "tau"}, {.name = "alpha"}} : StatedWeights{{.name = "tau"}};
}

// Each spatial axis is divided into equal bins; Keras's layer of that name accepts any length.
std::vector<Traced> lower_adaptive(Lowering& l, Reduction reduction, int axes) {
  Value x = l.input().value;
  if (l.rank(x) != axes + 2) l.refuse("needs an input of rank " + std::to_string(axes + 2) + ", found " + l.dims(x).to_string());
  const std::vector<int64_t> bins = l.config().integers("output_size", axes, Range{1});
  const int first = channels_first(l.config()) ? 2 : 1;
  Shape shape = l.shape(x);
  std::vector<int> inside;
  for (int i = 0; i < axes; ++i) {
    const int at = first + 2 * i;
    Dim& length = shape[static_cast<size_t>(at)];
    const int64_t count = bins[static_cast<size_t>(i)];
    if (length.size % count != 0)
      l.config().fail("output_size", "divisors of the lengths, here of " + std::to_string(length.size));
    length.size /= count;
    shape.insert(shape.begin() + at, Dim{count});
    inside.push_back(at + 1);
  }
  return {{l.reduce(reduction, l.reshape(x, shape), inside), {}}};
}

LayerDef adaptive(const std::string& kind, Reduction reduction, int axes) {
  return {.classes = {"Addons>Adaptive" + kind + "Pooling" + std::to_string(axes) + "D"},
          .keys = {"output_size", "data_format"},
          .lower = [reduction, axes](Lowering& l) { return lower_adaptive(l, reduction, axes); }};
}

LayerDef formula(const char* name, std::set<std::string> keys, StatedWeights (*weights)(const Config&),
                 std::vector<Traced> (*lower)(Lowering&), bool passes_mask = false) {
  LayerDef def{.classes = {std::string("Addons>") + name}, .keys = std::move(keys), .lower = lower, .passes_mask = passes_mask};
  if (weights != nullptr) def.weights = weights;
  return def;
}

}  // namespace

std::vector<LayerDef> addons_layers() {
  std::vector<LayerDef> all{
      formula("GELU", {"approximate"}, nullptr, lower_gelu, true),
      formula(
          "Snake", {}, [](const Config&) { return StatedWeights{{.name = "frequency"}}; }, lower_snake),
      formula("Sparsemax", {"axis"}, nullptr, lower_sparsemax, true),
      formula("Maxout", {"num_units", "axis"}, nullptr, lower_maxout),
      formula("PolynomialCrossing", {"projection_dim", "diag_scale", "use_bias"}, weights_of_polynomial, lower_polynomial, true),
      formula("NoisyDense", {"units", "sigma", "use_factorised", "activation", "use_bias"}, weights_of_noisy_dense,
              lower_noisy_dense, true),
      formula("StochasticDepth", {"survival_probability"}, nullptr, lower_stochastic_depth),
      formula("TLU", {"affine"}, weights_of_tlu, lower_tlu, true),
  };
  for (int axes = 1; axes <= 3; ++axes) {
    all.push_back(adaptive("Average", Reduction::mean, axes));
    all.push_back(adaptive("Max", Reduction::maximum, axes));
  }
  return all;
}

}  // namespace keraunos::loader
