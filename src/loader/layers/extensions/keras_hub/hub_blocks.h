// The block of decoders with rotary positions: shared heads, norms by the root mean square, a gated feed-forward net.
#pragma once

#include <functional>

#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

/// The softmax of scores (N, …, T, T) over the steps that each step may see: itself and those before it, within the window, where
/// key_mask (N, T) is true or absent. A step that sees none has weights of zero, or, without zero_masked, equal ones.
Value causal_weights(Lowering& l, Value scores, Value key_mask, std::optional<int64_t> window, bool zero_masked);

/// What a model calls the parts of its block.
struct GatedNames {
  const char *block, *norm;  ///< classes
  const char *attention, *attention_norm, *intermediate, *gate, *output, *feed_norm;
  const char *post_attention_norm = nullptr, *post_feed_norm = nullptr;  ///< where the config's use_… says so
  bool per_head_kernels = false;                          ///< kernels (heads, features, size), norms scaled by 1 + scale: Gemma
  const char *query_norm = nullptr, *key_norm = nullptr;  ///< of each head, where the block has a "head_norm_epsilon"
  const char* experts = nullptr;  ///< the feed-forward net is a layer of its own: where "experts" is an object, a choice of nets
  bool clips_halves = false;      ///< sums of float16 are computed in float32 and kept in range: Gemma 3
};

/// The block and the norm.
std::vector<LayerDef> gated_layers(const GatedNames& names);

/// Embedded tokens, `count` blocks with `block` as their config, the last norm.
struct GatedModel {
  const GatedNames* names;
  files::Json embedding;
  Members block;
  std::string block_name = "transformer_layer", norm_name = "sequence_output_layernorm";
  bool scales_embedding = false;                              ///< by the root of hidden_dim
  std::function<void(int64_t index, Members& block)> vary{};  ///< changes the config of single blocks
};
files::Json gated_model(const Config& config, const GatedModel& model);

}  // namespace keraunos::loader
