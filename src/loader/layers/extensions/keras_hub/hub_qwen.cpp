// Models of KerasHub with Llama's blocks and normalised heads (Qwen 3) or experts (Mixtral, Qwen 1.5 and 3 MoE).
#include <algorithm>

#include "loader/layers/extensions/keras_hub/hub_blocks.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_qwen_layers();

namespace {

using files::Json;

constexpr GatedNames newer(const char* block, const char* norm, const char* experts, const char* query_norm = nullptr,
                           const char* key_norm = nullptr) {
  return {.block = block,
          .norm = norm,
          .attention = "_self_attention_layer",
          .attention_norm = "_self_attention_layernorm",
          .intermediate = "_feedforward_intermediate_dense",
          .gate = "_feedforward_gate_dense",
          .output = "_feedforward_output_dense",
          .feed_norm = "_feedforward_layernorm",
          .query_norm = query_norm,
          .key_norm = key_norm,
          .experts = experts};
}

constexpr const char *kQueryNorm = "_query_dense_layer_norm", *kKeyNorm = "_key_dense_layer_norm";
constexpr GatedNames kQwen3 =
    newer("keras_hub>part>Qwen3TransformerDecoder", "keras_hub>part>Qwen3LayerNorm", nullptr, kQueryNorm, kKeyNorm);
constexpr GatedNames kQwen3Moe =
    newer("keras_hub>part>Qwen3MoeTransformerDecoder", "keras_hub>part>Qwen3MoeLayerNorm", "mlp", kQueryNorm, kKeyNorm);
constexpr GatedNames kQwenMoe = newer("keras_hub>part>QwenMoeTransformerDecoder", "keras_hub>part>QwenLayerNorm", "mlp");
constexpr GatedNames kMixtral =
    newer("keras_hub>part>MixtralTransformerDecoder", "keras_hub>part>MixtralLayerNormalization", "_sparse_moe_block");

Json table_of(const Config& c, Json tied) {
  return hub_token_embedding(c, value_of(c, "vocabulary_size"), value_of(c, "hidden_dim"), std::move(tied));
}

Members members_of_block(const Config& c, bool has_bias) {
  Json rotary = Json::object({{"max_wavelength", value_of(c, "rope_max_wavelength", 10000)},
                              {"scaling_factor", value_of(c, "rope_scaling_factor", 1.0)}});
  return {{"num_query_heads", value_of(c, "num_query_heads")},
          {"num_key_value_heads", value_of(c, "num_key_value_heads")},
          {"head_dim", value_of(c, "head_dim")},
          {"hidden_dim", value_of(c, "hidden_dim")},
          {"intermediate_dim", value_of(c, "intermediate_dim")},
          {"layer_norm_epsilon", value_of(c, "layer_norm_epsilon", 1e-6)},
          {"dropout", value_of(c, "dropout", 0)},
          {"activation", "silu"},
          {"use_bias", has_bias},
          {"rotary", std::move(rotary)}};
}

// 0 means no window.
void add_window(const Config& c, Members& block, std::string_view key, Json otherwise) {
  Json window = value_of(c, key, std::move(otherwise));
  if (!window.is_null() && c.integer(key, 1) != 0) block.emplace_back("sliding_window", std::move(window));
}

Json experts_of(const Config& c, bool normalised, bool joined) {
  return Json::object({{"num_experts", value_of(c, "num_experts")},
                       {"top_k", value_of(c, "top_k", joined ? 4 : 2)},
                       {"normalised", normalised},
                       {"joined", joined},
                       {"hidden_dim", value_of(c, "hidden_dim")},
                       {"intermediate_dim", value_of(c, joined ? "moe_intermediate_dim" : "intermediate_dim")}});
}

// True for blocks with experts.
bool has_experts(const Config& c, int64_t index) {
  const int64_t step = c.integer("decoder_sparse_step", 1, Range{1});
  const std::vector<int64_t> without = c.has("mlp_only_layers") ? c.integers("mlp_only_layers") : std::vector<int64_t>{};
  const bool listed = std::find(without.begin(), without.end(), index) != without.end();
  return !listed && c.integer("num_experts", Range{0}) > 0 && (index + 1) % step == 0;
}

// Blocks do not use the model's layer_norm_epsilon for the normalisation of heads.
Json qwen3(const Config& c) {
  Members block = members_of_block(c, false);
  block.emplace_back("head_norm_epsilon", 1e-5);
  add_window(c, block, "sliding_window_size", 32768);
  return gated_model(
      c, {.names = &kQwen3, .embedding = table_of(c, value_of(c, "tie_word_embeddings", true)), .block = std::move(block)});
}

Json qwen3_moe(const Config& c) {
  Members block = members_of_block(c, false);
  block.emplace_back("head_norm_epsilon", 1e-6);
  add_window(c, block, "sliding_window_size", 32768);
  const auto vary = [&](int64_t index, Members& own) {
    if (has_experts(c, index)) own.emplace_back("experts", experts_of(c, c.flag("norm_top_k_prob", false), true));
  };
  return gated_model(c, {.names = &kQwen3Moe,
                         .embedding = table_of(c, value_of(c, "tie_word_embeddings", false)),
                         .block = std::move(block),
                         .vary = vary});
}

// KerasHub uses index 0 for every block when it decides which have experts.
Json qwen_moe(const Config& c) {
  if (c.flag("output_router_logits", false)) c.fail("output_router_logits", "false");
  Members block = members_of_block(c, true);
  if (c.flag("use_sliding_window_attention", false)) add_window(c, block, "sliding_window_size", 32768);
  if (has_experts(c, 0)) {
    Json experts = experts_of(c, c.flag("norm_top_k_prob", false), true);
    block.emplace_back("experts", experts.set("shared_dim", value_of(c, "shared_expert_intermediate_dim")));
  }
  return gated_model(
      c, {.names = &kQwenMoe, .embedding = table_of(c, value_of(c, "tie_word_embeddings", false)), .block = std::move(block)});
}

Json mixtral(const Config& c) {
  if (c.flag("output_router_logits", false)) c.fail("output_router_logits", "false");
  Members block = members_of_block(c, false);
  add_window(c, block, "sliding_window", 512);
  block.emplace_back("experts", experts_of(c, true, false));
  return gated_model(c, {.names = &kMixtral, .embedding = table_of(c, false), .block = std::move(block)});
}

std::set<std::string> keys_beside(std::initializer_list<const char*> more) {
  std::set<std::string> keys{"vocabulary_size",    "num_layers",       "num_query_heads",     "num_key_value_heads",
                             "hidden_dim",         "intermediate_dim", "rope_max_wavelength", "rope_scaling_factor",
                             "layer_norm_epsilon", "dropout"};
  keys.insert(more.begin(), more.end());
  return keys;
}

}  // namespace

std::vector<LayerDef> hub_qwen_layers() {
  const std::set<std::string> of_experts =
      keys_beside({"head_dim", "tie_word_embeddings", "use_sliding_window_attention", "sliding_window_size", "num_experts",
                   "top_k", "moe_intermediate_dim", "shared_expert_intermediate_dim", "norm_top_k_prob", "decoder_sparse_step",
                   "mlp_only_layers", "router_aux_loss_coefficient", "output_router_logits"});
  std::vector<LayerDef> all{
      hub_model({"Qwen3Backbone"}, keys_beside({"head_dim", "tie_word_embeddings", "sliding_window_size"}), qwen3),
      hub_model({"Qwen3MoeBackbone"}, of_experts, qwen3_moe), hub_model({"QwenMoeBackbone"}, of_experts, qwen_moe),
      hub_model({"MixtralBackbone"},
                keys_beside({"num_experts", "top_k", "router_jitter_noise", "router_aux_loss_coef", "sliding_window",
                             "output_router_logits"}),
                mixtral)};
  for (const GatedNames& names : {kQwen3, kQwen3Moe, kMixtral}) {
    for (LayerDef& layer : gated_layers(names)) all.push_back(std::move(layer));
  }
  all.push_back(gated_layers(kQwenMoe).front());  // the normalisation is Qwen's
  return all;
}

}  // namespace keraunos::loader
