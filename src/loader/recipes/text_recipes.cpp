// keras.io, text_classification_with_transformer and text_generation_with_miniature_gpt: one transformer block on embedded
// tokens and positions; the second is causal. Names, config keys and weights are the same in both. The versions of 2020 define
// their own attention, MultiHeadSelfAttention.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/places.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipe_layer.h"

namespace keraunos::loader {

std::vector<LayerDef> text_recipes_layers();

namespace {

using files::Json;

const char* const kClassification = "keras_io/text_classification_with_transformer";
const char* const kGpt = "keras_io/text_generation_with_miniature_gpt";
const char* const kClassification2020 = "keras_io_2020/text_classification_with_transformer";
const char* const kHeads = "keras_io>part>MultiHeadSelfAttention";
const char* const kCausalHeads = "keras_io>part>CausalMultiHeadSelfAttention";
const char* const kGpt2020 = "keras_io_2020/text_generation_with_miniature_gpt";

std::vector<ChildName> tokens_and_positions(const Config& c) {
  const Json width = value_of(c, "embed_dim");
  return {recipe_embedding(c, "token_emb", value_of(c, "vocab_size"), width),
          recipe_embedding(c, "pos_emb", value_of(c, "maxlen"), width)};
}

std::vector<Traced> lower_tokens_and_positions(Lowering& l) {
  const Value ids = l.input().value;
  if (l.rank(ids) != 2) l.refuse("needs ids of shape (batch, steps), found " + l.dims(ids).to_string());
  const Value tokens = call_part(l, "token_emb", ids);
  return {{l.add(tokens, recipe_positions(l, "pos_emb", l.dim(ids, 1).size)), {}}};
}

std::vector<ChildName> block_parts(const Config& c, ChildName attention) {
  const Json width = value_of(c, "embed_dim");
  return {std::move(attention), recipe_dense_pair(c, "ffn", value_of(c, "ff_dim"), width, "relu"),
          hub_layer_norm(c, "layernorm1", 1e-6), hub_layer_norm(c, "layernorm2", 1e-6)};
}

// The part after the attention; both sums are normalised.
Value block_behind(Lowering& l, Value x, Value attended) {
  const Value first = call_part(l, "layernorm1", l.add(x, attended));
  return call_part(l, "layernorm2", l.add(first, call_part(l, "ffn", first)));
}

void check_block(Lowering& l) {
  if (l.config().number("rate", 0.1, RealRange{0, 1}) > 0) refuse_training(l);
}

std::vector<Traced> lower_block(Lowering& l, bool causal) {
  check_block(l);
  const Traced in = l.input();
  const Value x = recipe_input(l, in, 3);
  Arg::Members keywords;
  if (causal) {
    const int64_t steps = l.dim(x, 1).size;
    const Shape everywhere{l.dim(x, 0), {steps}, {steps}};
    const Value seen = l.broadcast_to(l.expand_dims(causal_mask(l, steps, steps), 0), everywhere);
    keywords.push_back({"attention_mask", tensor_argument(seen)});
  }
  const Arg both{Traced{x, in.mask}};
  const Value attended = l.call_child("att", {both, both}, std::move(keywords))[0].value;
  return {{block_behind(l, x, attended), {}}};
}

std::vector<Traced> lower_block_2020(Lowering& l) {
  check_block(l);
  const Value x = recipe_input(l, l.input(), 3);
  return {{block_behind(l, x, call_part(l, "att", x)), {}}};
}

std::vector<ChildName> heads_parts(const Config& c) {
  const Json width = value_of(c, "embed_dim");
  return {recipe_dense(c, "query_dense", width), recipe_dense(c, "key_dense", width), recipe_dense(c, "value_dense", width),
          recipe_dense(c, "combine_heads", width)};
}

std::vector<Traced> lower_heads(Lowering& l, bool causal) {
  const Config& c = l.config();
  const Value x = recipe_input(l, l.input(), 3);
  const int64_t width = c.integer("embed_dim", Range{1}), heads = c.integer("num_heads", 8, Range{1});
  if (width % heads != 0) c.fail("num_heads", "a divisor of embed_dim, " + std::to_string(width));
  const Shape apart{l.dim(x, 0), l.dim(x, 1), {heads}, {width / heads}};
  const auto split = [&](const char* part) { return l.reshape(call_part(l, part, x), apart); };
  AttentionOperands operands{.query = split("query_dense"), .key = split("key_dense"), .value = split("value_dense")};
  const AttentionOptions options{.scale = std::sqrt(static_cast<double>(heads) / static_cast<double>(width)), .causal = causal};
  const Value together = l.reshape(l.attention(options, operands)[0], {l.dim(x, 0), l.dim(x, 1), {width}});
  return {{call_part(l, "combine_heads", together), {}}};
}

// Read from the block's config, because the attention has none in the file.
ChildName heads_of_block(const Config& c, const char* class_name) {
  return hub_part(c, class_name, "att", {{"embed_dim", value_of(c, "embed_dim")}, {"num_heads", value_of(c, "num_heads")}});
}

const std::set<std::string> kBlockKeys{"embed_dim", "num_heads", "ff_dim", "rate"};

// A classifier pools over the steps; a model that generates text does not.
std::shared_ptr<const LayerTraits> traits_of_block(bool causal) {
  LayerTraits traits;
  if (causal) traits.never_beside = {"GlobalAveragePooling1D", "GlobalMaxPooling1D"};
  return std::make_shared<const LayerTraits>(std::move(traits));
}

LayerDef block_recipe(const char* example, bool causal) {
  return recipe_layer({example},
                      {.classes = {"TransformerBlock"},
                       .keys = kBlockKeys,
                       .children = [](const Config& c) { return block_parts(c, recipe_attention(c, "att")); },
                       .lower = [causal](Lowering& l) { return lower_block(l, causal); },
                       .traits = traits_of_block(causal)},
                      {"rate"});
}

LayerDef heads_recipe(const char* example, bool causal) {
  return recipe_layer({example},
                      {.classes = {"MultiHeadSelfAttention"},
                       .keys = {"embed_dim", "num_heads"},
                       .children = heads_parts,
                       .lower = [causal](Lowering& l) { return lower_heads(l, causal); }},
                      {"num_heads"});
}

// The class for the block's attention exists only in this library; no file contains its name.
LayerDef block_recipe_2020(const char* example, bool causal) {
  const char* part = causal ? kCausalHeads : kHeads;
  return recipe_layer({example},
                      {.classes = {"TransformerBlock"},
                       .keys = kBlockKeys,
                       .children = [part](const Config& c) { return block_parts(c, heads_of_block(c, part)); },
                       .lower = lower_block_2020,
                       .traits = traits_of_block(causal)},
                      {"rate"});
}

LayerDef recipe_heads(const char* name, bool causal) {
  return {.classes = {name}, .keys = {"embed_dim", "num_heads"}, .children = heads_parts, .lower = [causal](Lowering& l) {
            return lower_heads(l, causal);
          }};
}

}  // namespace

std::vector<LayerDef> text_recipes_layers() { return {recipe_heads(kHeads, false), recipe_heads(kCausalHeads, true)}; }

std::vector<LayerDef> text_recipes() {
  return {recipe_layer({kClassification, kGpt, kClassification2020, kGpt2020}, {.classes = {"TokenAndPositionEmbedding"},
                                                                                .keys = {"maxlen", "vocab_size", "embed_dim"},
                                                                                .children = tokens_and_positions,
                                                                                .lower = lower_tokens_and_positions,
                                                                                .input_dtype = DType::int32}),
          block_recipe(kClassification, false),
          block_recipe(kGpt, true),
          heads_recipe(kClassification2020, false),
          heads_recipe(kGpt2020, true),
          block_recipe_2020(kClassification2020, false),
          block_recipe_2020(kGpt2020, true)};
}

}  // namespace keraunos::loader
