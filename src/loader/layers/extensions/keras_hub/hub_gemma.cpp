// Gemma (1, 2, and 3 for texts).
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

// Blocks do not use the model's layer_norm_epsilon, and normalise by head_dim whatever query_head_dim_normalize says.
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
  const bool windows = c.flag("use_sliding_window_attention", false);
  const auto vary = [&](int64_t index, Members& own) {
    if (windows && index % 2 == 0) own.emplace_back("sliding_window", value_of(c, "sliding_window_size", 4096));
  };
  return gated_model(c, {.names = &kGemma,
                         .embedding = std::move(embedding),
                         .block = std::move(block),
                         .block_name = "decoder_block",
                         .norm_name = "final_normalization",
                         .scales_embedding = true,
                         .vary = vary});
}

constexpr GatedNames gemma3_names() {
  GatedNames names = kGemma;
  names.block = "keras_hub>part>Gemma3DecoderBlock";
  names.query_norm = "query_norm", names.key_norm = "key_norm";
  names.clips_halves = true;
  return names;
}

constexpr GatedNames kGemma3 = gemma3_names();

// Five of six blocks attend within a window, with their own rotary positions.
void vary_gemma3(const Config& c, int64_t index, Members& block) {
  const bool near = c.flag("use_sliding_window_attention", false) && index % 6 < 5;
  if (near) block.emplace_back("sliding_window", value_of(c, "sliding_window_size", 1024));
  block.emplace_back(
      "rotary", files::Json::object(
                    {{"max_wavelength", near ? 1e4 : 1e6},
                     {"scaling_factor", value_of(c, near ? "local_rope_scaling_factor" : "global_rope_scaling_factor", 1.0)}}));
}

files::Json gemma3(const Config& c) {
  if (c.has("vision_encoder")) c.fail("vision_encoder", "null; Gemma 3 is supported for texts alone");
  if (c.flag("is_embedding_model", false)) c.fail("is_embedding_model", "false");
  files::Json embedding = hub_token_embedding(c);
  files::Json config = embedding["config"];
  embedding.set("config", config.set("logit_soft_cap", value_of(c, "final_logit_soft_cap")));
  Members block{{"num_query_heads", value_of(c, "num_query_heads")},
                {"num_key_value_heads", value_of(c, "num_key_value_heads")},
                {"head_dim", value_of(c, "head_dim")},
                {"hidden_dim", value_of(c, "hidden_dim")},
                {"intermediate_dim", value_of(c, "intermediate_dim")},
                {"layer_norm_epsilon", 1e-6},
                {"dropout", value_of(c, "dropout", 0)},
                {"activation", "keras_hub>gelu_approximate"},
                {"use_bias", false},
                {"soft_cap", value_of(c, "attention_logit_soft_cap")},
                {"per_head_kernels", true},
                {"bidirectional", value_of(c, "use_bidirectional_attention", false)},
                {"use_post_ffw_norm", value_of(c, "use_post_ffw_norm", false)},
                {"use_post_attention_norm", value_of(c, "use_post_attention_norm", false)}};
  if (c.flag("use_query_key_norm", true)) block.emplace_back("head_norm_epsilon", 1e-6);
  return gated_model(c, {.names = &kGemma3,
                         .embedding = std::move(embedding),
                         .block = std::move(block),
                         .block_name = "decoder_block",
                         .norm_name = "final_normalization",
                         .scales_embedding = true,
                         .vary = [&c](int64_t index, Members& own) { vary_gemma3(c, index, own); }});
}

}  // namespace

std::vector<LayerDef> hub_gemma_layers() {
  std::vector<LayerDef> all = gated_layers(kGemma);
  all.push_back(gated_layers(kGemma3).front());  // the normalisation is Gemma's
  all.push_back(hub_model({"Gemma3Backbone"},
                          {"vocabulary_size",
                           "image_size",
                           "num_layers",
                           "num_query_heads",
                           "num_key_value_heads",
                           "hidden_dim",
                           "intermediate_dim",
                           "head_dim",
                           "query_head_dim_normalize",
                           "use_query_key_norm",
                           "use_post_ffw_norm",
                           "use_post_attention_norm",
                           "attention_logit_soft_cap",
                           "final_logit_soft_cap",
                           "use_sliding_window_attention",
                           "sliding_window_size",
                           "local_rope_scaling_factor",
                           "global_rope_scaling_factor",
                           "vision_encoder",
                           "use_bidirectional_attention",
                           "layer_norm_epsilon",
                           "dropout",
                           "is_embedding_model",
                           "pooling_intermediate_dim",
                           "embedding_dim"},
                          gemma3));
  all.push_back(hub_model(
      {"GemmaBackbone"},
      {"vocabulary_size", "num_layers", "num_query_heads", "num_key_value_heads", "hidden_dim", "intermediate_dim", "head_dim",
       "layer_norm_epsilon", "dropout", "query_head_dim_normalize", "use_post_ffw_norm", "use_post_attention_norm",
       "final_logit_soft_cap", "attention_logit_soft_cap", "sliding_window_size", "use_sliding_window_attention"},
      gemma));
  return all;
}

}  // namespace keraunos::loader
