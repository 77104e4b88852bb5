// The block of decoders with rotary positions: shared key heads, normalisation by the root mean square, a gated feed-forward
// network.
#pragma once

#include <functional>

#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

/// The softmax of scores (N, …, T, T) over the steps that each step may see: itself and earlier ones within the window, where
/// key_mask (N, T) is true or absent. A step that sees none has weights of zero or, without zero_masked, equal weights.
Value causal_weights(Lowering& l, Value scores, Value key_mask, std::optional<int64_t> window, bool zero_masked);

/// The names of a block's parts in a model.
struct GatedNames {
  const char *block, *norm;  ///< classes
  const char *attention, *attention_norm, *intermediate, *gate, *output, *feed_norm;
  const char *post_attention_norm = nullptr, *post_feed_norm = nullptr;  ///< used if the config's use_… is set
  bool per_head_kernels = false;                          ///< kernels (heads, features, size), norms scaled by 1 + scale: Gemma
  const char *query_norm = nullptr, *key_norm = nullptr;  ///< of each head, if the block has a "head_norm_epsilon"
  /// The feed-forward network is a separate layer: if "experts" is an object, a mixture of experts.
  const char* experts = nullptr;
  bool clips_halves = false;  ///< float16 sums are computed in float32 and clipped to the range: Gemma 3
};

/// The block and the norm.
std::vector<LayerDef> gated_layers(const GatedNames& names);

/// Embedded tokens, `count` blocks with `block` as their config, the final normalisation.
struct GatedModel {
  const GatedNames* names;
  files::Json embedding;
  Members block;
  std::string block_name = "transformer_layer", norm_name = "sequence_output_layernorm";
  bool scales_embedding = false;                              ///< by the square root of hidden_dim
  std::function<void(int64_t index, Members& block)> vary{};  ///< changes the config of single blocks
};
files::Json gated_model(const Config& config, const GatedModel& model);

}  // namespace keraunos::loader
