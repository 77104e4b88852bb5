#include "loader/layers/common/signatures.h"

#include <map>
#include <vector>

namespace keraunos::loader {
namespace {

using ParameterNames = std::vector<std::string_view>;

struct Signature {
  ParameterNames keras2, keras3;
};

const std::map<std::string_view, Signature>& signatures() {
  static const std::map<std::string_view, Signature> all = [] {
    std::map<std::string_view, Signature> table;
    const auto add = [&](const ParameterNames& classes, const ParameterNames& keras2, const ParameterNames& keras3) {
      for (std::string_view name : classes) table[name] = {keras2, keras3};
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
    table["GroupQueryAttention"] = table["GroupedQueryAttention"] = table["MultiHeadAttention"];
    return table;
  }();
  return all;
}

}  // namespace

std::span<const std::string_view> call_parameters(std::string_view class_name, const Dialect& dialect) {
  const auto found = signatures().find(class_name);
  if (found == signatures().end()) return {};
  return dialect.before(3, 0) ? found->second.keras2 : found->second.keras3;
}

std::span<const std::string_view> model_call_parameters() {
  static const ParameterNames both{"training", "mask"};
  return both;
}

}  // namespace keraunos::loader
