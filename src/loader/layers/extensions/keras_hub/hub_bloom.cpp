// BLOOM (ALiBi) and GPT-NeoX (rotary positions for a part of each head) of KerasHub.
#include <algorithm>
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub_blocks.h"
#include "loader/layers/extensions/keras_hub/hub_rotary.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_bloom_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

Value padding_of_call(Lowering& l) {
  const Value padding = tensor_argument_of(l, 1, "padding_mask").value;
  return as_boolean(l, padding ? padding : first_input(l).mask);
}

int64_t head_size(Lowering& l, Value x, int64_t heads) {
  const int64_t width = l.dim(x, -1).size;
  if (width < heads || width % heads != 0) l.config().fail("num_heads", "a divisor of the width, " + std::to_string(width));
  return width / heads;
}

Value joined_heads(Lowering& l, Value x) {
  return l.reshape(x, {l.dim(x, 0), l.dim(x, 1), Dim{l.dim(x, 2).size * l.dim(x, 3).size}});
}

std::vector<Traced> lower_bloom_attention(Lowering& l) {
  const Value x = as_computed(l, first_input(l).value);
  const int64_t heads = l.config().integer("num_heads", Range{1}), size = head_size(l, x, heads);
  const Value query = split_heads(l, "query_dense", x, heads, size), key = split_heads(l, "key_dense", x, heads, size);
  const Value value = split_heads(l, "value_dense", x, heads, size);
  Value scores = l.multiply(l.einsum("btnh,bsnh->bnts", query, key), 1 / std::sqrt(static_cast<double>(size)));
  scores = l.add(scores, alibi_bias(l, heads, l.dim(x, 1).size, 8));
  const Value weights = causal_weights(l, scores, padding_of_call(l), {}, !l.dialect().before(3, 10));
  return {{call_part(l, "output_dense", joined_heads(l, l.einsum("bnts,bsnh->btnh", weights, value)), l.dim(x, -1)), {}}};
}

ChildName heads_part(const Config& c, const std::string& attribute) {
  ChildName part = hub_part(c, "EinsumDense", attribute, {{"equation", "...x,xyz->...yz"}, {"bias_axes", "yz"}});
  part.aliases = {'_' + attribute};
  return part;
}

ChildName dense_part(const Config& c, const std::string& attribute, Members config = {}) {
  ChildName part = hub_part(c, "Dense", attribute, std::move(config));
  part.aliases = {'_' + attribute};
  return part;
}

std::vector<ChildName> bloom_attention_parts(const Config& c) {
  return {heads_part(c, "query_dense"), heads_part(c, "key_dense"), heads_part(c, "value_dense"), dense_part(c, "output_dense")};
}

std::vector<ChildName> bloom_parts(const Config& c) {
  const double epsilon = c.number("layer_norm_epsilon", 1e-5, RealRange{});
  return {hub_layer_norm(c, "_pre_attention_layernorm", epsilon),
          hub_part(c, "keras_hub>part>BloomAttention", "_self_attention_layer", {{"num_heads", value_of(c, "num_heads")}}),
          hub_layer_norm(c, "_post_attention_layernorm", epsilon),
          hub_part(c, "Dense", "_mlp_intermediate_dense",
                   {{"units", value_of(c, "intermediate_dim")}, {"activation", "keras_hub>gelu_approximate"}}),
          hub_part(c, "Dense", "_mlp_output_dense", {})};
}

Value normed_attention(Lowering& l, const char* norm) {
  const Traced in = first_input(l);
  Arg::Members keywords;
  if (const Value padding = padding_of_call(l)) keywords.emplace_back("padding_mask", tensor_argument(padding));
  const Value normed = call_part(l, norm, as_computed(l, in.value));
  return l.call_child("_self_attention_layer", {tensor_argument(normed)}, std::move(keywords))[0].value;
}

std::vector<Traced> lower_bloom(Lowering& l) {
  if (l.config().number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value in = as_computed(l, first_input(l).value);
  const Value x = l.add(normed_attention(l, "_pre_attention_layernorm"), in);
  const Value inner = call_part(l, "_mlp_intermediate_dense", call_part(l, "_post_attention_layernorm", x));
  return {{l.add(call_part(l, "_mlp_output_dense", inner, l.dim(x, -1)), x), {}}};
}

// The first features of each head are rotated.
Value partly_rotated(Lowering& l, const Rotary& rotary, Value x, int64_t turned) {
  const int64_t size = l.dim(x, -1).size;
  if (turned == 0) return x;
  const Value parts[] = {rotated(l, rotary, l.slice_axis(x, -1, 0, turned)), l.slice_axis(x, -1, turned, size - turned)};
  return turned == size ? parts[0] : l.concatenate(parts, -1);
}

std::vector<Traced> lower_neo_x_attention(Lowering& l) {
  const Config& c = l.config();
  const Value x = as_computed(l, first_input(l).value);
  const int64_t heads = c.integer("num_heads", Range{1}), size = head_size(l, x, heads);
  const double share = c.number("rotary_percentage", 0.25, RealRange{0, 1});
  const auto turned = static_cast<int64_t>(static_cast<double>(size) * share);
  if (turned % 2 != 0) c.fail("rotary_percentage", "a share that is an even number of features");
  const Rotary rotary{.max_wavelength = c.number("rotary_max_wavelength", 10000, RealRange{1e-30})};
  const Value all = split_heads(l, "qkv_dense", x, heads, 3 * size);
  const Value query = partly_rotated(l, rotary, l.slice_axis(all, -1, 0, size), turned);
  const Value key = partly_rotated(l, rotary, l.slice_axis(all, -1, size, size), turned);
  const AttentionOptions options{
      .scale = 1 / std::sqrt(static_cast<double>(size)), .causal = true, .zero_masked = !l.dialect().before(3, 10)};
  const Value value = l.slice_axis(all, -1, 2 * size, size);
  const Value mixed = l.attention(options, {.query = query, .key = key, .value = value, .key_mask = padding_of_call(l)})[0];
  return {{call_part(l, "output_dense", joined_heads(l, mixed), l.dim(x, -1)), {}}};
}

std::vector<ChildName> neo_x_attention_parts(const Config& c) {
  return {heads_part(c, "qkv_dense"), dense_part(c, "output_dense")};
}

std::vector<ChildName> neo_x_parts(const Config& c) {
  const double epsilon = c.number("layer_norm_epsilon", 1e-5, RealRange{});
  return {hub_part(c, "keras_hub>part>GPTNeoXAttention", "_self_attention_layer",
                   {{"num_heads", value_of(c, "num_heads")},
                    {"rotary_percentage", value_of(c, "rotary_percentage")},
                    {"rotary_max_wavelength", value_of(c, "rotary_max_wavelength")}}),
          hub_layer_norm(c, "_self_attention_layer_norm", epsilon),
          hub_part(c, "Dense", "_feedforward_intermediate_dense",
                   {{"units", value_of(c, "intermediate_dim")}, {"activation", "keras_hub>gelu_approximate"}}),
          hub_part(c, "Dense", "_feedforward_output_dense", {}), hub_layer_norm(c, "_feedforward_layer_norm", epsilon)};
}

// Attention and feed-forward network in parallel.
std::vector<Traced> lower_neo_x(Lowering& l) {
  if (l.config().number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value x = as_computed(l, first_input(l).value);
  const Value inner = call_part(l, "_feedforward_intermediate_dense", call_part(l, "_feedforward_layer_norm", x));
  const Value fed = call_part(l, "_feedforward_output_dense", inner, l.dim(x, -1));
  return {{l.add(l.add(fed, normed_attention(l, "_self_attention_layer_norm")), x), {}}};
}

Json bloom(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"}), epsilon = value_of(c, "layer_norm_epsilon", 1e-5);
  FormTensor x = f.add(hub_token_embedding(c), inputs["token_ids"]);
  x = f.add("LayerNormalization", "embedding_layernorm", {{"epsilon", epsilon}}, x);
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>part>BloomDecoder", hub_numbered("transformer_layer", i),
              {{"num_heads", value_of(c, "num_heads")},
               {"intermediate_dim", value_of(c, "intermediate_dim")},
               {"dropout", value_of(c, "dropout", 0)},
               {"layer_norm_epsilon", epsilon}},
              x, {{"padding_mask", inputs["padding_mask"]}});
  return f.config(inputs, f.add("LayerNormalization", "final_layernorm", {{"epsilon", epsilon}}, x));
}

Json neo_x(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"}), epsilon = value_of(c, "layer_norm_epsilon", 1e-5);
  FormTensor x = f.add(hub_token_embedding(c), inputs["token_ids"]);
  x = f.add("Dropout", "embeddings_dropout", {{"rate", value_of(c, "dropout", 0)}}, x);
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>part>GPTNeoXDecoder", hub_numbered("transformer_layer", i),
              {{"num_heads", value_of(c, "num_heads")},
               {"intermediate_dim", value_of(c, "intermediate_dim")},
               {"dropout", value_of(c, "dropout", 0)},
               {"rotary_percentage", value_of(c, "rotary_percentage", 0.25)},
               {"rotary_max_wavelength", value_of(c, "rotary_max_wavelength", 10000)},
               {"layer_norm_epsilon", epsilon}},
              x, {{"padding_mask", inputs["padding_mask"]}});
  return f.config(inputs, f.add("LayerNormalization", "layer_norm", {{"epsilon", epsilon}}, x));
}

}  // namespace

std::vector<LayerDef> hub_bloom_layers() {
  const std::set<std::string> bloom_keys{"num_heads", "intermediate_dim", "dropout", "layer_norm_epsilon"};
  const std::set<std::string> rotary_keys{"num_heads", "rotary_percentage", "rotary_max_wavelength"};
  std::set<std::string> neo_x_keys = bloom_keys;
  neo_x_keys.insert(rotary_keys.begin(), rotary_keys.end());
  return {
      hub_part_layer("BloomAttention", {"num_heads"}, bloom_attention_parts, lower_bloom_attention),
      hub_part_layer("BloomDecoder", bloom_keys, bloom_parts, lower_bloom),
      hub_part_layer("GPTNeoXAttention", rotary_keys, neo_x_attention_parts, lower_neo_x_attention),
      hub_part_layer("GPTNeoXDecoder", neo_x_keys, neo_x_parts, lower_neo_x),
      hub_model({"BloomBackbone"},
                {"vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim", "dropout", "layer_norm_epsilon"},
                bloom),
      hub_model({"GPTNeoXBackbone"},
                {"vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim", "dropout", "rotary_percentage",
                 "rotary_max_wavelength", "layer_norm_epsilon", "max_sequence_length"},
                neo_x)};
}

}  // namespace keraunos::loader
