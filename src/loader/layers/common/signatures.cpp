#include "loader/layers/common/signatures.h"

#include <map>
#include <string>
#include <vector>

namespace keraunos::loader {
namespace {

using ParameterNames = std::vector<std::string_view>;

struct Signature {
  ParameterNames keras2, keras3;
};

const std::map<std::string, Signature, std::less<>>& signatures() {
  static const std::map<std::string, Signature, std::less<>> all = [] {
    std::map<std::string, Signature, std::less<>> table;
    const auto add = [&](const ParameterNames& classes, const ParameterNames& keras2, const ParameterNames& keras3) {
      for (std::string_view name : classes) table[std::string(name)] = {keras2, keras3};
    };
    const ParameterNames training{"training"}, mask{"mask"}, both{"training", "mask"}, states{"states", "training"};
    add({"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout",
         "GaussianNoise"},
        training, training);
    add({"Dense", "EinsumDense"}, {}, training);
    add({"AugMix",
         "AutoContrast",
         "ContrastLimitedAdaptiveHistogramEqualization",
         "RandomCrop",
         "CutMix",
         "RandAugment",
         "RandomElasticTransform",
         "RandomErasing",
         "RandomFlip",
         "RandomGaussianBlur",
         "RandomPerspective",
         "RandomRotation",
         "RandomSharpness",
         "RandomShear",
         "RandomTranslation",
         "RandomZoom",
         "RandomHeight",
         "RandomWidth",
         "Solarization",
         "Equalization",
         "MaxNumBoundingBoxes",
         "MixUp",
         "RandomBrightness",
         "RandomColorDegeneration",
         "RandomColorJitter",
         "RandomContrast",
         "RandomGrayscale",
         "RandomHue",
         "RandomInvert",
         "RandomPosterization",
         "RandomSaturation",
         "SpectralNormalization"},
        training, training);
    add({"GroupNormalization"}, mask, {});
    add({"CategoryEncoding"}, {"count_weights"}, {"count_weights"});
    add({"ReversibleEmbedding"}, {}, {"reverse"});
    add({"GlobalAveragePooling1D", "GlobalAvgPool1D", "Softmax"}, mask, mask);
    add({"BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization", "TimeDistributed",
         "Pipeline"},
        both, both);
    add({"SimpleRNN", "GRU", "LSTM", "CuDNNGRU", "CuDNNLSTM", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"},
        {"mask", "training", "initial_state"}, {"initial_state", "mask", "training"});
    add({"RNN"}, {"mask", "training", "initial_state", "constants"}, {"initial_state", "mask", "training"});
    add({"Bidirectional"}, {"training", "mask", "initial_state", "constants"}, {"initial_state", "mask", "training"});
    add({"SimpleRNNCell", "GRUCell", "LSTMCell"}, states, states);
    add({"StackedRNNCells"}, {"states", "constants", "training"}, states);
    const ParameterNames attention{"mask", "training", "return_attention_scores", "use_causal_mask"};
    add({"Attention", "AdditiveAttention"}, attention, attention);
    add({"MultiHeadAttention"}, {"value", "key", "attention_mask", "return_attention_scores", "training", "use_causal_mask"},
        {"value", "key", "query_mask", "value_mask", "key_mask", "attention_mask", "return_attention_scores", "training",
         "use_causal_mask"});
    table["Addons>ESN"] = table["SimpleRNN"];
    for (const std::string name : {"SimpleRNN", "GRU", "LSTM", "SimpleRNNCell", "GRUCell", "LSTMCell", "Bidirectional"})
      table["Q" + name] = table["qkeras>Q" + name] = table[name];
    add({"Addons>CRF", "keras_contrib>CRF", "CRF"}, mask, {});
    // For KerasHub, whose layers belong to Keras 3.
    const ParameterNames place{"start_index", "positions"};
    const auto add_hub = [&](std::string_view name, const ParameterNames& names) { table[std::string(name)] = {{}, names}; };
    for (const auto* name : {"keras_hub>PositionEmbedding", "keras_hub>TokenAndPositionEmbedding",
                             "keras_hub>SinePositionEncoding", "keras_hub>RotaryEmbedding"})
      add_hub(name, place);
    add_hub("keras_hub>ReversibleEmbedding", {"reverse"});
    for (const auto* name : {"keras_hub>TransformerEncoder", "keras_hub>WhisperEncoder"})
      add_hub(name, {"padding_mask", "attention_mask", "training", "return_attention_scores"});
    for (const auto* name : {"keras_hub>TransformerDecoder", "keras_hub>WhisperDecoder"})
      add_hub(name, {"encoder_sequence", "decoder_padding_mask", "decoder_attention_mask", "encoder_padding_mask",
                     "encoder_attention_mask", "self_attention_cache", "self_attention_cache_update_index",
                     "cross_attention_cache", "cross_attention_cache_update_index", "use_causal_mask", "training"});
    for (const auto* name : {"keras_hub>CachedMultiHeadAttention", "keras_hub>WhisperCachedMultiHeadAttention"})
      add_hub(name, {"value", "key", "attention_mask", "cache", "cache_update_index", "return_attention_scores", "training"});
    add_hub("keras_hub>FNetEncoder", training);
    add_hub("keras_hub>MaskedLMHead", {"mask_positions"});
    table["GroupQueryAttention"] = table["GroupedQueryAttention"] = table["MultiHeadAttention"];
    return table;
  }();
  return all;
}

}  // namespace

std::span<const std::string_view> call_parameters(std::string_view class_name, const Dialect& dialect) {
  constexpr std::string_view kOldHub = "keras_nlp>", kHub = "keras_hub>", kHubPart = "keras_hub>part>";
  static const ParameterNames of_parts{"padding_mask",         "position_bias", "encoder_sequence",
                                       "encoder_padding_mask", "token_ids",     "text_embedding"};
  if (class_name.starts_with(kHubPart)) return of_parts;
  const bool is_renamed = class_name.starts_with(kOldHub);
  const auto found = is_renamed ? signatures().find(std::string(kHub) + std::string(class_name.substr(kOldHub.size())))
                                : signatures().find(class_name);
  if (found == signatures().end()) return {};
  return dialect.before(3, 0) ? found->second.keras2 : found->second.keras3;
}

std::span<const std::string_view> model_call_parameters() {
  static const ParameterNames both{"training", "mask"};
  return both;
}

}  // namespace keraunos::loader
