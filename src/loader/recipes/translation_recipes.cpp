// keras.io, neural_machine_translation_with_transformer (also in "Deep Learning with Python", second edition, chapter 11) and
// video_transformers, whose encoder has the same names, config keys and weights, and gelu for relu.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/places.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipe_layer.h"

namespace keraunos::loader {
namespace {

using files::Json;

const char* const kTranslation = "keras_io/neural_machine_translation_with_transformer";
const char* const kVideo = "keras_io/video_transformers";

ChildName plain_norm(const Config& c, const char* attribute) { return hub_part(c, "LayerNormalization", attribute, {}); }

// Adds positions (steps, width) to embedded tokens, or to x itself.
std::vector<ChildName> token_positions(const Config& c) {
  const Json width = value_of(c, "embed_dim");
  return {recipe_embedding(c, "token_embeddings", value_of(c, "vocab_size"), width),
          recipe_embedding(c, "position_embeddings", value_of(c, "sequence_length"), width)};
}

std::vector<Traced> lower_token_positions(Lowering& l) {
  const Value ids = l.input().value;
  if (l.rank(ids) != 2) l.refuse("needs ids of shape (batch, steps), found " + l.dims(ids).to_string());
  const Value positions = recipe_positions(l, "position_embeddings", l.dim(ids, 1).size);
  const Value mask = l.binary(Function::not_equal, ids, l.scalar(0, l.dtype(ids)));
  return {{l.add(call_part(l, "token_embeddings", ids), positions), mask}};
}

std::vector<ChildName> frame_positions(const Config& c) {
  return {recipe_embedding(c, "position_embeddings", value_of(c, "sequence_length"), value_of(c, "output_dim"))};
}

// In Keras 2 a frame of zeros is masked.
std::vector<Traced> lower_frame_positions(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  const int last[] = {2};
  const bool masks = l.dialect().before(3, 0);
  const Value mask = masks ? l.reduce(Reduction::any, as_boolean(l, x), last) : Value{};
  return {{l.add(x, recipe_positions(l, "position_embeddings", l.dim(x, 1).size)), mask}};
}

std::vector<ChildName> translation_encoder_parts(const Config& c, const char* activation) {
  return {recipe_attention(c, "attention"),
          recipe_dense_pair(c, "dense_proj", value_of(c, "dense_dim"), value_of(c, "embed_dim"), activation),
          plain_norm(c, "layernorm_1"), plain_norm(c, "layernorm_2")};
}

Arg mask_of_keys(Lowering& l, Value mask) { return tensor_argument(l.expand_dims(mask, 1)); }

std::vector<Traced> lower_recipe_encoder(Lowering& l) {
  const Traced in = l.input();
  const Value x = recipe_input(l, in, 3);
  const Arg whole{Traced{x, in.mask}};
  Arg::Members keywords;
  if (in.mask) keywords.push_back({"attention_mask", mask_of_keys(l, in.mask)});
  const Value attended = l.call_child("attention", {whole, whole, whole}, std::move(keywords))[0].value;
  const Value first = call_part(l, "layernorm_1", l.add(x, attended));
  return {{call_part(l, "layernorm_2", l.add(first, call_part(l, "dense_proj", first))), {}}};
}

// The names of both arguments in the book's version: dense_dim.
std::vector<ChildName> translation_decoder_parts(const Config& c) {
  const char* key = c.has("latent_dim") ? "latent_dim" : "dense_dim";
  return {recipe_attention(c, "attention_1"),
          recipe_attention(c, "attention_2"),
          recipe_dense_pair(c, "dense_proj", value_of(c, key), value_of(c, "embed_dim"), "relu"),
          plain_norm(c, "layernorm_1"),
          plain_norm(c, "layernorm_2"),
          plain_norm(c, "layernorm_3")};
}

struct DecoderCall {
  Traced x, source;
  bool listed = false;  // the example for Keras 3 is called with [x, source]
};

DecoderCall decoder_call(Lowering& l) {
  const std::vector<Traced> listed = l.inputs();
  if (listed.size() == 2) return {listed[0], listed[1], true};
  DecoderCall call{.x = first_input(l), .source = tensor_argument_of(l, 1, "encoder_outputs")};
  if (!call.source.value) l.refuse("needs the results of the encoder as its second argument");
  return call;
}

// The example for Keras 2 masks the attention over the source by the target's padding and the causal mask; the one for Keras 3
// uses the source's padding.
Arg::Members masks_over_source(Lowering& l, const DecoderCall& call, Value causal) {
  Arg::Members keywords;
  if (call.listed) {
    if (call.x.mask) keywords.push_back({"query_mask", tensor_argument(call.x.mask)});
    if (call.source.mask) keywords.push_back({"key_mask", tensor_argument(call.source.mask)});
  } else if (call.x.mask && l.dialect().before(3, 0)) {
    const Value padding = l.broadcast_to(l.expand_dims(call.x.mask, 1), l.shape(causal));
    keywords.push_back({"attention_mask", tensor_argument(l.binary(Function::logical_and, padding, causal))});
  }
  return keywords;
}

std::vector<Traced> lower_recipe_decoder(Lowering& l) {
  DecoderCall call = decoder_call(l);
  call.x.value = recipe_input(l, call.x, 3), call.source.value = recipe_input(l, call.source, 3);
  const Value x = call.x.value;
  const Dim steps = l.dim(x, 1);
  const Value causal = l.broadcast_to(l.expand_dims(causal_mask(l, steps.size, steps.size), 0), {l.dim(x, 0), steps, steps});
  const Arg target{call.x}, source{call.source};
  Arg::Members keywords{{"attention_mask", tensor_argument(causal)}};
  if (call.listed && call.x.mask) keywords.push_back({"query_mask", tensor_argument(call.x.mask)});
  const Value own = l.call_child("attention_1", {target, target, target}, std::move(keywords))[0].value;
  const Value first = call_part(l, "layernorm_1", l.add(x, own));
  const Value other =
      l.call_child("attention_2", {tensor_argument(first), source, source}, masks_over_source(l, call, causal))[0].value;
  const Value second = call_part(l, "layernorm_2", l.add(first, other));
  return {{call_part(l, "layernorm_3", l.add(second, call_part(l, "dense_proj", second))), call.x.mask}};
}

LayerDef encoder_recipe(const char* example, const char* activation, bool passes_mask) {
  return recipe_layer({example}, {.classes = {"TransformerEncoder"},
                                  .keys = {"embed_dim", "dense_dim", "num_heads"},
                                  .children = [activation](const Config& c) { return translation_encoder_parts(c, activation); },
                                  .lower = lower_recipe_encoder,
                                  .passes_mask = passes_mask});
}

LayerDef decoder_recipe(const char* key) {
  return recipe_layer({kTranslation}, {.classes = {"TransformerDecoder"},
                                       .keys = {"embed_dim", "num_heads", key},
                                       .children = translation_decoder_parts,
                                       .lower = lower_recipe_decoder});
}

}  // namespace

std::vector<LayerDef> translation_recipes() {
  return {recipe_layer({kTranslation}, {.classes = {"PositionalEmbedding"},
                                        .keys = {"sequence_length", "vocab_size", "embed_dim"},
                                        .children = token_positions,
                                        .lower = lower_token_positions,
                                        .input_dtype = DType::int32}),
          recipe_layer({kVideo}, {.classes = {"PositionalEmbedding"},
                                  .keys = {"sequence_length", "output_dim"},
                                  .children = frame_positions,
                                  .lower = lower_frame_positions}),
          encoder_recipe(kTranslation, "relu", true),
          encoder_recipe(kVideo, "gelu", false),
          decoder_recipe("latent_dim"),
          decoder_recipe("dense_dim")};
}

}  // namespace keraunos::loader
