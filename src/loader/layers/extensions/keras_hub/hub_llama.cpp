// Llama (also Llama 3), Mistral, Qwen (2 and 2.5) and Phi-3.
#include <iterator>
#include <utility>

#include "loader/layers/extensions/keras_hub/hub_blocks.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_llama_layers();

namespace {

using files::Json;

constexpr GatedNames under(const char* block, const char* norm) {
  return {.block = block,
          .norm = norm,
          .attention = "_self_attention_layer",
          .attention_norm = "_self_attention_layernorm",
          .intermediate = "_feedforward_intermediate_dense",
          .gate = "_feedforward_gate_dense",
          .output = "_feedforward_output_dense",
          .feed_norm = "_feedforward_layernorm"};
}

constexpr GatedNames kLlama = under("keras_hub>part>LlamaTransformerDecoder", "keras_hub>part>LlamaLayerNorm");
constexpr GatedNames kMistral = under("keras_hub>part>MistralTransformerDecoder", "keras_hub>part>MistralLayerNormalization");
constexpr GatedNames kQwen = under("keras_hub>part>QwenTransformerDecoder", "keras_hub>part>QwenLayerNorm");
constexpr GatedNames kPhi3{.block = "keras_hub>part>Phi3Decoder",
                           .norm = "keras_hub>part>Phi3LayerNorm",
                           .attention = "attention",
                           .attention_norm = "pre_attention_layernorm",
                           .intermediate = "feedforward_intermediate_dense",
                           .gate = "feedforward_gate_dense",
                           .output = "feedforward_output_dense",
                           .feed_norm = "post_attention_layernorm"};

const std::set<std::string> kKeys{"vocabulary_size",     "num_layers",         "num_query_heads",
                                  "hidden_dim",          "intermediate_dim",   "num_key_value_heads",
                                  "rope_max_wavelength", "layer_norm_epsilon", "dropout"};

std::set<std::string> keys_with(std::initializer_list<const char*> more) {
  std::set<std::string> keys = kKeys;
  keys.insert(more.begin(), more.end());
  return keys;
}

Json embedding_of(const Config& c, Json tied) {
  return hub_token_embedding(c, value_of(c, "vocabulary_size"), value_of(c, "hidden_dim"), std::move(tied));
}

Members block_of(const Config& c, Members rotary, bool has_bias = false) {
  rotary.emplace_back("max_wavelength", value_of(c, "rope_max_wavelength", 10000));
  return {{"num_query_heads", value_of(c, "num_query_heads")},
          {"num_key_value_heads", value_of(c, "num_key_value_heads")},
          {"hidden_dim", value_of(c, "hidden_dim")},
          {"intermediate_dim", value_of(c, "intermediate_dim")},
          {"layer_norm_epsilon", value_of(c, "layer_norm_epsilon", 1e-6)},
          {"dropout", value_of(c, "dropout", 0)},
          {"activation", "silu"},
          {"use_bias", has_bias},
          {"rotary", Json::object(std::move(rotary))}};
}

// Rotary positions with the scaling of Llama 3.1: all four parameters or none.
Members stretched(const Config& c) {
  constexpr std::pair<const char*, const char*> keys[] = {
      {"rope_low_freq_factor", "low_freq_factor"},
      {"rope_high_freq_factor", "high_freq_factor"},
      {"rope_frequency_adjustment_factor", "frequency_adjustment_factor"},
      {"rope_pretraining_sequence_length", "original_max_position_embeddings"}};
  Members rotary;
  for (const auto& [key, name] : keys) {
    if (c.has(key)) rotary.emplace_back(name, value_of(c, key));
  }
  if (!rotary.empty() && rotary.size() != std::size(keys))
    c.fail("rope_low_freq_factor",
           "a number beside all of rope_high_freq_factor, rope_frequency_adjustment_factor and "
           "rope_pretraining_sequence_length, or null like all of them");
  return rotary;
}

// KerasHub does not use rope_position_scaling_factor either.
Json llama(const Config& c) {
  return gated_model(c, {.names = &kLlama,
                         .embedding = embedding_of(c, value_of(c, "tie_word_embeddings", false)),
                         .block = block_of(c, stretched(c))});
}

Json mistral(const Config& c) {
  Members block = block_of(c, {{"scaling_factor", value_of(c, "rope_scaling_factor", 1.0)}});
  block.emplace_back("sliding_window", value_of(c, "sliding_window", 512));
  block.emplace_back("head_dim", value_of(c, "head_dim"));
  return gated_model(c, {.names = &kMistral, .embedding = embedding_of(c, false), .block = std::move(block)});
}

Json qwen(const Config& c) {
  Members block = block_of(c, {{"scaling_factor", value_of(c, "rope_scaling_factor", 1.0)}}, true);
  if (c.flag("use_sliding_window_attention", false))
    block.emplace_back("sliding_window", value_of(c, "sliding_window_size", 32768));
  return gated_model(
      c, {.names = &kQwen, .embedding = embedding_of(c, value_of(c, "tie_word_embeddings", true)), .block = std::move(block)});
}

Json phi3(const Config& c) {
  if (c.has("rope_scaling_type")) c.fail("rope_scaling_type", "null; scaled rotary positions are not supported");
  return gated_model(c, {.names = &kPhi3, .embedding = embedding_of(c, false), .block = block_of(c, {})});
}

}  // namespace

std::vector<LayerDef> hub_llama_layers() {
  std::vector<LayerDef> all{
      hub_model({"LlamaBackbone", "Llama3Backbone"},
                keys_with({"rope_position_scaling_factor", "rope_frequency_adjustment_factor", "rope_low_freq_factor",
                           "rope_high_freq_factor", "rope_pretraining_sequence_length", "tie_word_embeddings"}),
                llama),
      hub_model({"MistralBackbone"}, keys_with({"rope_scaling_factor", "sliding_window", "head_dim"}), mistral),
      hub_model({"QwenBackbone"},
                keys_with({"rope_scaling_factor", "tie_word_embeddings", "use_sliding_window_attention", "sliding_window_size"}),
                qwen),
      hub_model({"Phi3Backbone"},
                keys_with({"max_sequence_length", "pretraining_sequence_length", "rope_scaling_type", "rope_scaling_short_factor",
                           "rope_scaling_long_factor"}),
                phi3)};
  for (const GatedNames& names : {kLlama, kMistral, kQwen, kPhi3}) {
    for (LayerDef& layer : gated_layers(names)) all.push_back(std::move(layer));
  }
  return all;
}

}  // namespace keraunos::loader
