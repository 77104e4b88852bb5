// vit-keras 0.1 (Keras 2), which registers its classes without a package, so that files call them "Custom>ClassToken" and the
// like.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipe_layer.h"

namespace keraunos::loader {

std::vector<LayerDef> vit_keras_recipes_layers();

namespace {

const char* const kVitKeras = "vit_keras";
const char* const kVitHeads = "vit_keras>part>MultiHeadSelfAttention";
const char* const kVitMlp = "vit_keras>part>Sequential";
const char* const kSavedDense = "vit_keras>part>Dense";

std::function<std::vector<WeightName>(const Config&)> one_weight(const char* name) {
  return [name](const Config&) { return std::vector<WeightName>{{.name = name}}; };
}

std::vector<Traced> lower_class_token(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  const Dim width = l.dim(x, 2);
  const Value token = l.broadcast_to(l.weight("cls", {{1}, {1}, width}), {l.dim(x, 0), {1}, width});
  const Value parts[] = {token, x};
  return {{l.concatenate(parts, 1), {}}};
}

std::vector<Traced> lower_added_positions(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  return {{l.add(x, l.weight("pe", {{1}, l.dim(x, 1), l.dim(x, 2)})), {}}};
}

// The width is read from the kernel's shape: the class creates its layers when it is built, from the width of the input.
std::vector<Traced> lower_saved_dense(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const Dims kernel = l.saved("kernel").dims();
  const Dim units{kernel.rank() == 2 ? kernel[1] : 0};
  return {{l.activated(l.add(l.matmul(x, l.weight("kernel", {l.dim(x, -1), units})), l.weight("bias", {units}))), {}}};
}

ChildName saved_dense(const Config& c, const std::string& attribute, const char* activation = "linear") {
  return hub_part(c, kSavedDense, attribute, {{"activation", activation}});
}

std::vector<ChildName> token_vit_heads_parts(const Config& c) {
  std::vector<ChildName> parts;
  for (const char* name : {"query_dense", "key_dense", "value_dense", "combine_heads"}) parts.push_back(saved_dense(c, name));
  return parts;
}

std::vector<Traced> lower_token_vit_heads(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  const int64_t width = l.dim(x, 2).size, heads = l.config().integer("num_heads", Range{1});
  if (width % heads != 0) l.config().fail("num_heads", "a divisor of the " + std::to_string(width) + " features of the input");
  const Shape apart{l.dim(x, 0), l.dim(x, 1), {heads}, {width / heads}};
  const auto split = [&](const char* part) {
    const Value y = call_part(l, part, x);
    if (l.dim(y, 2).size != width) l.refuse("has heads of another width than its input");
    return l.reshape(y, apart);
  };
  const AttentionOperands operands{.query = split("query_dense"), .key = split("key_dense"), .value = split("value_dense")};
  const AttentionOptions options{.scale = std::sqrt(static_cast<double>(heads) / static_cast<double>(width)),
                                 .return_scores = true};
  const std::vector<Value> results = l.attention(options, operands);
  return {{call_part(l, "combine_heads", l.reshape(results[0], l.shape(x))), {}}, {results[1], {}}};
}

// The children: a Sequential of two Dense layers.
std::vector<ChildName> token_vit_mlp_parts(const Config& c) {
  ChildName first = saved_dense(c, "layers/0", "gelu"), second = saved_dense(c, "layers/1");
  first.aliases = {"layer-0"}, second.aliases = {"layer-2"};
  return {std::move(first), std::move(second)};
}

std::vector<Traced> lower_token_vit_mlp(Lowering& l) {
  const Value hidden = call_part(l, "layers/0", as_computed(l, l.input().value));
  const int64_t width = l.config().integer("mlp_dim", Range{1});
  if (l.dim(hidden, -1).size != width)
    l.refuse("has mlp_dim " + std::to_string(width) + ", found weights of " + std::to_string(l.dim(hidden, -1).size));
  return {{call_part(l, "layers/1", hidden), {}}};
}

std::vector<ChildName> token_vit_block_parts(const Config& c) {
  return {hub_part(c, kVitHeads, "att", {{"num_heads", value_of(c, "num_heads")}}),
          hub_part(c, kVitMlp, "mlpblock", {{"mlp_dim", value_of(c, "mlp_dim")}}), hub_layer_norm(c, "layernorm1", 1e-6),
          hub_layer_norm(c, "layernorm2", 1e-6)};
}

std::vector<Traced> lower_token_vit_block(Lowering& l) {
  const Config& c = l.config();
  if (c.number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value x = recipe_input(l, l.input(), 3);
  const std::vector<Traced> attended = l.call_child("att", {tensor_argument(call_part(l, "layernorm1", x))});
  const Value y = l.add(attended[0].value, x);
  return {{l.add(y, call_part(l, "mlpblock", call_part(l, "layernorm2", y))), {}}, attended[1]};
}

}  // namespace

std::vector<LayerDef> vit_keras_recipes_layers() {
  return {{.classes = {kVitHeads}, .keys = {"num_heads"}, .children = token_vit_heads_parts, .lower = lower_token_vit_heads},
          {.classes = {kVitMlp}, .keys = {"mlp_dim"}, .children = token_vit_mlp_parts, .lower = lower_token_vit_mlp},
          {.classes = {kSavedDense},
           .keys = {"activation"},
           .weights =
               [](const Config&) {
                 return std::vector<WeightName>{{.name = "kernel"}, {.name = "bias"}};
               },
           .lower = lower_saved_dense}};
}

std::vector<LayerDef> vit_keras_recipes() {
  LayerTraits positions;
  positions.variables = {{"pe", "pos_embedding"}};
  return {recipe_layer({kVitKeras}, {.classes = {"ClassToken"}, .weights = one_weight("cls"), .lower = lower_class_token}),
          recipe_layer({kVitKeras}, {.classes = {"AddPositionEmbs"},
                                     .weights = one_weight("pe"),
                                     .lower = lower_added_positions,
                                     .traits = std::make_shared<const LayerTraits>(std::move(positions))}),
          recipe_layer({kVitKeras}, {.classes = {"TransformerBlock"},
                                     .keys = {"num_heads", "mlp_dim", "dropout"},
                                     .children = token_vit_block_parts,
                                     .lower = lower_token_vit_block})};
}

}  // namespace keraunos::loader
