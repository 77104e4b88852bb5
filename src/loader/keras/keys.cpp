// The config keys that a layer accepts: its own, and those of every Keras layer that do not change its results.
#include <algorithm>
#include <array>

#include "loader/keras/reader.h"

namespace keraunos::loader {

using files::Json;

namespace {

bool is_common(std::string_view key) {
  constexpr std::array<std::string_view, 22> kCommon{"name",
                                                     "trainable",
                                                     "dtype",
                                                     "batch_input_shape",
                                                     "batch_shape",
                                                     "input_shape",
                                                     "input_dtype",
                                                     "activity_regularizer",
                                                     "build_config",
                                                     "dynamic",
                                                     "autocast",
                                                     "weights",
                                                     "batch_size",
                                                     "sparse",
                                                     "ragged",
                                                     "implementation",
                                                     "quantization_config",
                                                     "lora_rank",
                                                     "lora_alpha",
                                                     "input_dim",
                                                     "input_length",
                                                     "seed"};
  if (std::find(kCommon.begin(), kCommon.end(), key) != kCommon.end()) return true;
  return key.ends_with("_initializer") || key.ends_with("_regularizer") || key.ends_with("_constraint");
}

// Keys that Keras 2 writes with values that have no effect: 1 group of a depthwise convolution, time_major false.
bool says_nothing(std::string_view key, const Json& value) {
  if (value.is_null()) return true;
  if (key == "groups") return value.is_int() && value.as_int() == 1;
  if (key == "time_major" || key == "unroll") return value.is_bool() && !value.as_bool();
  return key == "query_shape" || key == "key_shape" || key == "value_shape";
}

}  // namespace

std::optional<std::string> unknown_key(const LayerDef& def, const Json& config, std::span<const std::string_view> more) {
  if (!config.is_object()) return std::nullopt;
  for (const auto& [key, value] : config.members()) {
    if (std::find(more.begin(), more.end(), key) != more.end()) continue;
    if (!def.keys.contains(key) && !is_common(key) && !says_nothing(key, value)) return key;
  }
  return std::nullopt;
}

}  // namespace keraunos::loader
