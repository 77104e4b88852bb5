// SmolLM 3 of KerasHub: rotary positions, with frequencies from the file, in some blocks only.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub.h"
#include "loader/layers/extensions/keras_hub/hub_rotary.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_smollm_layers();

namespace {

using files::Json;

constexpr const char *kSmolRotary = "keras_hub>part>SmolLM3RotaryEmbedding", *kSmolBlock = "keras_hub>part>SmolLM3DecoderLayer";

Value heads_of_smol(Lowering& l, const char* part, Value x, int64_t heads, int64_t size) {
  return l.reshape(call_part(l, part, x), {l.dim(x, 0), l.dim(x, 1), {heads}, {size}});
}

std::vector<Traced> lower_smol_rotary(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const int64_t half = l.dim(x, -1).size / 2;
  const Value frequencies = l.cast(l.weight("inv_freq", {{half}}, false), DType::float32);
  const Value one = l.multiply(l.expand_dims(hub_steps(l, l.dim(x, 1).size, 0), 1), frequencies);
  const Value both[] = {one, one};
  const Value angles = l.reshape(l.concatenate(both, 1), {{1}, l.dim(x, 1), {1}, {2 * half}});
  const auto of_angles = [&](Function function) { return l.cast(l.unary(function, angles), l.dtype(x)); };
  return {{rotary_turned(l, x, of_angles(Function::cos), of_angles(Function::sin)), {}}};
}

std::vector<Traced> lower_smol_attention(Lowering& l) {
  const Config& c = l.config();
  const Value x = as_computed(l, first_input(l).value);
  const int64_t heads = c.integer("num_attention_heads", Range{1}), shared = c.integer("num_key_value_heads", Range{1});
  const int64_t size = l.dim(x, -1).size / heads;
  if (size < 2 || size % 2 != 0) c.fail("num_attention_heads", "a number that leaves each head an even number of features");
  if (heads % shared != 0) c.fail("num_key_value_heads", "a divisor of the " + std::to_string(heads) + " heads");
  Value query = heads_of_smol(l, "q_proj", x, heads, size), key = heads_of_smol(l, "k_proj", x, shared, size);
  if (c.flag("rotates", true)) query = call_part(l, "rotary_embedding", query), key = call_part(l, "rotary_embedding", key);
  AttentionOperands operands{.query = query, .key = key, .value = heads_of_smol(l, "v_proj", x, shared, size)};
  if (const Value mask = tensor_argument_of(l, 1, "attention_mask").value) operands.key_mask = as_boolean(l, l.squeeze(mask, 1));
  const AttentionOptions options{
      .scale = 1 / std::sqrt(static_cast<double>(size)), .causal = true, .zero_masked = !l.dialect().before(3, 10)};
  return {{call_part(l, "o_proj", l.attention(options, operands)[0], l.dim(x, -1)), {}}};
}

std::vector<ChildName> smol_attention_parts(const Config& c) {
  const Json biased = value_of(c, "use_bias", false);
  const int64_t heads = c.integer("num_attention_heads", Range{1}), shared = c.integer("num_key_value_heads", Range{1, heads});
  const int64_t size = c.integer("hidden_dim", Range{1}) / heads;
  const auto dense = [&](const char* name, int64_t units) {
    return hub_part(c, "Dense", name, {{"units", units}, {"use_bias", biased}});
  };
  return {dense("q_proj", heads * size), dense("k_proj", shared * size), dense("v_proj", shared * size),
          hub_part(c, "EinsumDense", "o_proj", {{"equation", "...xy,xya->...a"}}),
          hub_part(c, kSmolRotary, "rotary_embedding", {})};
}

std::vector<Traced> lower_smol_net(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const Value gate = l.unary(Function::silu, call_part(l, "gate_proj", x));
  return {{call_part(l, "down_proj", l.multiply(gate, call_part(l, "up_proj", x))), {}}};
}

std::vector<ChildName> smol_net_parts(const Config& c) {
  const auto dense = [&](const char* name, const char* width) {
    return hub_part(c, "Dense", name, {{"units", value_of(c, width)}, {"use_bias", value_of(c, "use_bias", false)}});
  };
  return {dense("gate_proj", "intermediate_dim"), dense("up_proj", "intermediate_dim"), dense("down_proj", "hidden_dim")};
}

std::vector<Traced> lower_smol(Lowering& l) {
  const Traced in = first_input(l);
  const Value x = as_computed(l, in.value);
  Arg::Members keywords;
  if (const Value mask = merged_masks(l, in, tensor_argument_of(l, 1, "padding_mask").value, {}))
    keywords.emplace_back("attention_mask", tensor_argument(mask));
  const Value normed = call_part(l, "input_layernorm", x);
  const Value middle = l.add(x, l.call_child("self_attn", {tensor_argument(normed)}, std::move(keywords))[0].value);
  return {{l.add(middle, call_part(l, "mlp", call_part(l, "post_attention_layernorm", middle))), {}}};
}

std::vector<ChildName> smol_parts(const Config& c) {
  const auto norm = [&](const char* name) {
    return hub_part(c, "RMSNormalization", name, {{"epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}});
  };
  return {hub_part(c, "keras_hub>part>SmolLM3Attention", "self_attn",
                   {{"num_attention_heads", value_of(c, "num_attention_heads")},
                    {"num_key_value_heads", value_of(c, "num_key_value_heads")},
                    {"hidden_dim", value_of(c, "hidden_dim")},
                    {"use_bias", value_of(c, "attention_bias", false)},
                    {"rotates", value_of(c, "rotates", true)}}),
          hub_part(c, "keras_hub>part>SmolLM3MLP", "mlp",
                   {{"intermediate_dim", value_of(c, "intermediate_dim")},
                    {"hidden_dim", value_of(c, "hidden_dim")},
                    {"use_bias", value_of(c, "mlp_bias", false)}}),
          norm("input_layernorm"), norm("post_attention_layernorm")};
}

const std::set<std::string> kSmolKeys{"num_attention_heads", "num_key_value_heads", "hidden_dim",
                                      "intermediate_dim",    "attention_bias",      "mlp_bias",
                                      "layer_norm_epsilon"};

std::set<std::string> smol_keys(std::initializer_list<const char*> more) {
  std::set<std::string> keys = kSmolKeys;
  keys.insert(more.begin(), more.end());
  return keys;
}

Json smol(const Config& c) {
  if (c.number("partial_rotary_factor", 1, RealRange{}) != 1) c.fail("partial_rotary_factor", "1");
  std::vector<int64_t> rotates;
  if (const Json* list = c.find("rope_layer_enabled_list")) {
    if (!list->is_array()) c.fail("rope_layer_enabled_list", "a list of booleans");
    for (const Json& item : list->items()) rotates.push_back(item == Json(true) || item == Json(1));
  }
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"});
  FunctionalForm::Tensor x = f.add(hub_token_embedding(c), inputs["token_ids"]);
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i) {
    Members block;
    for (const std::string& key : kSmolKeys) block.emplace_back(key, value_of(c, key));
    const auto index = static_cast<size_t>(i);
    block.emplace_back("rotates", index >= rotates.size() || rotates[index] != 0);
    x = f.add(kSmolBlock, hub_numbered("transformer_layer", i), std::move(block), x, {{"padding_mask", inputs["padding_mask"]}});
  }
  const Json norm = value_of(c, "layer_norm_epsilon", 1e-6);
  return f.config(inputs, f.add("RMSNormalization", "sequence_output_layernorm", {{"epsilon", norm}}, x));
}

}  // namespace

std::vector<LayerDef> hub_smollm_layers() {
  LayerDef rotary = hub_part_layer("SmolLM3RotaryEmbedding", {}, {}, lower_smol_rotary);
  rotary.weights = [](const Config&) { return std::vector<WeightName>{{.name = "inv_freq", .trainable = false}}; };
  return {std::move(rotary),
          hub_part_layer("SmolLM3Attention", {"num_attention_heads", "num_key_value_heads", "hidden_dim", "use_bias", "rotates"},
                         smol_attention_parts, lower_smol_attention),
          hub_part_layer("SmolLM3MLP", {"intermediate_dim", "hidden_dim", "use_bias"}, smol_net_parts, lower_smol_net),
          hub_part_layer("SmolLM3DecoderLayer", smol_keys({"rotates"}), smol_parts, lower_smol),
          hub_model({"SmolLM3Backbone", "SmolLMBackbone"},
                    smol_keys({"vocabulary_size", "num_layers", "attention_dropout", "rope_layer_enabled_list", "layer_types",
                               "max_position_embeddings", "rope_theta", "partial_rotary_factor"}),
                    smol)};
}

}  // namespace keraunos::loader
