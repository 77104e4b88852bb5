// Gemma (1 and 2).
#include "loader/layers/extensions/keras_hub/hub_blocks.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_gemma_layers();

namespace {

constexpr GatedNames kGemma{.block = "keras_hub>part>GemmaDecoderBlock",
                            .norm = "keras_hub>part>RMSNormalization",
                            .attention = "attention",
                            .attention_norm = "pre_attention_norm",
                            .intermediate = "gating_ffw_2",
                            .gate = "gating_ffw",
                            .output = "ffw_linear",
                            .feed_norm = "pre_ffw_norm",
                            .post_attention_norm = "post_attention_norm",
                            .post_feed_norm = "post_ffw_norm",
                            .per_head_kernels = true};

// Blocks do not take the model's layer_norm_epsilon, and normalise by head_dim whatever query_head_dim_normalize says.
files::Json gemma(const Config& c) {
  files::Json embedding = hub_token_embedding(c);
  files::Json config = embedding["config"];
  embedding.set("config", config.set("logit_soft_cap", value_of(c, "final_logit_soft_cap")));
  Members block{{"num_query_heads", value_of(c, "num_query_heads")},
                {"num_key_value_heads", value_of(c, "num_key_value_heads")},
                {"head_dim", value_of(c, "head_dim")},
                {"hidden_dim", value_of(c, "hidden_dim")},
                {"intermediate_dim", c.integer("intermediate_dim", Range{2}) / 2},
                {"layer_norm_epsilon", 1e-6},
                {"dropout", value_of(c, "dropout", 0)},
                {"activation", "keras_hub>gelu_approximate"},
                {"use_bias", false},
                {"soft_cap", value_of(c, "attention_logit_soft_cap")},
                {"per_head_kernels", true},
                {"use_post_ffw_norm", value_of(c, "use_post_ffw_norm", false)},
                {"use_post_attention_norm", value_of(c, "use_post_attention_norm", false)},
                {"rotary", files::Json::object()}};
  if (c.flag("use_sliding_window_attention", false))
    block.emplace_back("sliding_window", value_of(c, "sliding_window_size", 4096));
  return gated_model(c, {.names = &kGemma,
                         .embedding = std::move(embedding),
                         .block = std::move(block),
                         .block_name = "decoder_block",
                         .norm_name = "final_normalization",
                         .scales_embedding = true,
                         .windows_of_even_blocks = true});
}

}  // namespace

std::vector<LayerDef> hub_gemma_layers() {
  std::vector<LayerDef> all = gated_layers(kGemma);
  all.push_back(hub_model(
      {"GemmaBackbone"},
      {"vocabulary_size", "num_layers", "num_query_heads", "num_key_value_heads", "hidden_dim", "intermediate_dim", "head_dim",
       "layer_norm_epsilon", "dropout", "query_head_dim_normalize", "use_post_ffw_norm", "use_post_attention_norm",
       "final_logit_soft_cap", "attention_logit_soft_cap", "sliding_window_size", "use_sliding_window_attention"},
      gemma));
  return all;
}

}  // namespace keraunos::loader
