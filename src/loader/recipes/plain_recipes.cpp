// keras.io's small classes: vq_vae, captcha_ocr, siamese_network, antirectifier, vae, cyclegan and the guide to new layers;
// also the layer that reverses gradients, which many authors wrote in the same way.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/places.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipe_layer.h"

namespace keraunos::loader {
namespace {

const char* const kGuide = "keras_io/making_new_layers_and_models_via_subclassing";

// The features of each pixel are replaced by the nearest code word. x + (y − x) is not simplified, because it rounds as in Keras.
std::vector<Traced> lower_quantizer(Lowering& l) {
  const Config& c = l.config();
  const Value x = as_computed(l, l.input().value);
  const Dim width{c.integer("embedding_dim", Range{1})}, words{c.integer("num_embeddings", Range{1})};
  if (l.rank(x) < 2 || l.dim(x, -1).size != width.size)
    l.refuse("needs " + std::to_string(width.size) + " features, found " + l.dims(x).to_string());
  const Value book = l.weight("embeddings", {width, words});
  int64_t rows = 1;
  for (int i = 0; i + 1 < l.rank(x); ++i) rows *= l.dim(x, i).size;
  const Value flat = l.reshape(x, {{rows}, width});
  const int first[] = {0}, last[] = {1};
  const Value squares = l.add(l.reduce(Reduction::sum, l.unary(Function::square, flat), last, true),
                              l.reduce(Reduction::sum, l.unary(Function::square, book), first));
  const Value distances = l.subtract(squares, l.multiply(l.matmul(flat, book), 2));
  const Value ids = first_place_of(l, distances, 1, false);
  const Value quantised = l.reshape(l.gather(book, ids, 1), {width, {rows}});
  const int order[] = {1, 0};
  const Value y = l.reshape(l.transpose(quantised, order), l.shape(x));
  return {{l.add(x, l.subtract(y, x)), {}}};
}

std::vector<Traced> lower_ctc(Lowering& l) {
  const Traced predicted = tensor_argument_of(l, 1, "y_pred");
  if (!predicted.value) l.refuse("needs two arguments, the labels and what was predicted");
  return {{as_computed(l, predicted.value), {}}};
}

std::vector<Traced> lower_triplet(Lowering& l) {
  const Value anchor = as_computed(l, first_input(l).value);
  const auto distance = [&](size_t position, const char* name) -> Traced {
    const Traced other = tensor_argument_of(l, position, name);
    if (!other.value) l.refuse("needs three arguments, found none for " + std::string(name));
    const int last[] = {l.rank(anchor) - 1};
    const Value difference = l.subtract(anchor, as_computed(l, other.value));
    return {l.reduce(Reduction::sum, l.unary(Function::square, difference), last), {}};
  };
  return {distance(1, "positive"), distance(2, "negative")};
}

std::vector<Traced> lower_antirectifier(Lowering& l) {
  Value x = as_computed(l, l.input().value);
  const int last[] = {l.rank(x) - 1};
  x = l.subtract(x, l.reduce(Reduction::mean, x, last, true));
  const Value sides[] = {l.unary(Function::relu, x), l.unary(Function::relu, l.unary(Function::negate, x))};
  const Dim width = l.dim(x, -1);
  return {{l.matmul(l.concatenate(sides, -1), l.weight("kernel", {{2 * width.size}, width})), {}}};
}

std::vector<Traced> lower_linear(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const Dim units{l.config().integer("units", 32, Range{1})};
  return {{l.add(l.matmul(x, l.weight("w", {l.dim(x, -1), units})), l.weight("b", {units})), {}}};
}

std::vector<Traced> lower_reflected(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 4);
  std::vector<int64_t> padding{1, 1};
  if (l.config().has("padding")) padding = l.config().integers("padding", 2, Range{0, 1 << 20});
  Value y = x;
  for (const int axis : {1, 2}) {  // the example's padding is (width, height)
    const int64_t width = padding[axis == 1 ? 1 : 0], extent = l.dim(y, axis).size;
    if (width == 0) continue;
    if (width >= extent) l.refuse("reflects " + std::to_string(width) + " pixels, found an image of " + std::to_string(extent));
    const Value parts[] = {l.reverse(l.slice_axis(y, axis, 1, width), axis), y,
                           l.reverse(l.slice_axis(y, axis, extent - 1 - width, width), axis)};
    y = l.concatenate(parts, axis);
  }
  return {{y, {}}};
}

// The mean of the steps, weighted by exp(x · W); masked steps have weight 0.
std::vector<Traced> lower_weighted_average(Lowering& l) {
  const Traced in = l.input();
  const Value x = recipe_input(l, in, 3);
  const Dim batch = l.dim(x, 0), steps = l.dim(x, 1);
  const Value scores = l.reshape(l.matmul(x, l.weight("W", {l.dim(x, 2), {1}})), {batch, steps});
  const int along[] = {1};
  Value weights = l.unary(Function::exp, l.subtract(scores, l.reduce(Reduction::maximum, scores, along, true)));
  if (in.mask) weights = l.multiply(weights, l.cast(in.mask, l.dtype(weights)));
  weights = l.divide(weights, l.add(l.reduce(Reduction::sum, weights, along, true), 1e-7));
  const Value y = l.squeeze(l.matmul(l.expand_dims(weights, 1), x), 1);
  if (!l.config().flag("return_attention", false)) return {{y, {}}};
  return {{y, {}}, {weights, {}}};
}

LayerDef weighted_average() {
  LayerTraits traits;
  traits.variables = {{"W", "*_W"}};
  return {.classes = {"AttentionWeightedAverage"},
          .keys = {"return_attention"},
          .weights = [](const Config&) { return std::vector<WeightName>{{.name = "W"}}; },
          .lower = lower_weighted_average,
          .traits = std::make_shared<const LayerTraits>(std::move(traits))};
}

std::vector<Traced> lower_unchanged(Lowering& l) { return {{as_computed(l, l.input().value), {}}}; }

std::vector<Traced> lower_never(Lowering& l) { l.refuse("cannot be called"); }

LayerDef sampling() {
  LayerTraits traits;
  traits.refusal = [](const Config& config) -> std::optional<std::string> {
    return "draws random numbers in predict() too, as Keras runs it, so there is no one result; its mean is --replace '" +
           config.text("name", "sampling") + "=x[0]' (CustomObjects::replace)";
  };
  return {.classes = {"Sampling"}, .lower = lower_never, .traits = std::make_shared<const LayerTraits>(std::move(traits))};
}

LayerDef quantizer() {
  LayerTraits traits;
  traits.variables = {{"embeddings", "embeddings_vqvae"}};
  return {.classes = {"VectorQuantizer"},
          .keys = {"num_embeddings", "embedding_dim", "beta"},
          .weights = [](const Config&) { return std::vector<WeightName>{{.name = "embeddings"}}; },
          .lower = lower_quantizer,
          .traits = std::make_shared<const LayerTraits>(std::move(traits))};
}

std::function<std::vector<WeightName>(const Config&)> recipe_weights(std::vector<WeightName> names) {
  return [all = std::move(names)](const Config&) { return all; };
}

}  // namespace

std::vector<LayerDef> plain_recipes() {
  return {
      recipe_layer({"keras_io/vq_vae"}, quantizer(), {"beta"}),
      recipe_layer({"keras_io/captcha_ocr", "keras_io/handwriting_recognition"}, {.classes = {"CTCLayer"}, .lower = lower_ctc}),
      recipe_layer({"keras_io/siamese_network"}, {.classes = {"DistanceLayer"}, .lower = lower_triplet}),
      recipe_layer({"keras_io/antirectifier"}, {.classes = {"Antirectifier"},
                                                .keys = {"initializer"},
                                                .weights = recipe_weights({{.name = "kernel"}}),
                                                .lower = lower_antirectifier}),
      recipe_layer({kGuide},
                   {.classes = {"Linear"},
                    .keys = {"units", "input_dim"},
                    .weights = recipe_weights({{.name = "w"}, {.name = "b"}}),
                    .lower = lower_linear},
                   {"input_dim"}),
      recipe_layer({kGuide, "keras_io/vae"}, sampling()),
      recipe_layer({"keras_io/cyclegan"}, {.classes = {"ReflectionPadding2D"}, .keys = {"padding"}, .lower = lower_reflected}),
      recipe_layer({"deepmoji"}, weighted_average(), {"return_attention"}),
      recipe_layer({"gradient_reversal"},
                   {.classes = {"GradReverse", "GradientReversal", "GradientReversalLayer"},
                    .keys = {"hp_lambda", "lambda_", "lambda", "lamda", "alpha", "l"},
                    .lower = lower_unchanged},
                   {"hp_lambda", "lambda_", "lambda", "lamda", "alpha", "l"})};
}

}  // namespace keraunos::loader
