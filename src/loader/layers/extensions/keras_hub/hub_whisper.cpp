// Whisper of KerasHub: audio features through two convolutions into an encoder, texts into a decoder.
#include <array>

#include "loader/layers/extensions/keras_hub/hub_encoders.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_whisper_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

FormTensor sound_convolved(FunctionalForm& f, const Config& c, const char* name, int64_t stride, const char* padding,
                           FormTensor x) {
  return f.add("Conv1D", name,
               {{"filters", value_of(c, "hidden_dim")},
                {"kernel_size", json_list({3})},
                {"strides", json_list({stride})},
                {"padding", padding},
                {"activation", "gelu"}},
               std::move(x));
}

Members whisper_block(const Config& c) {
  Members block = hub_encoder_block(c, "gelu", 1e-5, 0);
  block.emplace_back("normalize_first", true);
  return block;
}

FormTensor sound_encoded(FunctionalForm& f, const Config& c, const FormTensor& features) {
  FormTensor x = sound_convolved(f, c, "encoder_token_embedding_conv_layer_1", 1, "same", features);
  x = f.add("ZeroPadding1D", "encoder_padder", {{"padding", json_list({1, 1})}}, x);
  x = sound_convolved(f, c, "encoder_token_embedding_conv_layer_2", 2, "valid", x);
  const int64_t longest = c.integer("max_encoder_sequence_length", 3000, Range{2});
  const FormTensor positions = f.add("keras_hub>PositionEmbedding", "encoder_position_embedding",
                                     {{"sequence_length", longest / 2}, {"trainable", false}}, x);
  x = f.add("Add", "encoder_embeddings_add", {}, json_list({x, positions}));
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>WhisperEncoder", hub_numbered("transformer_encoder_layer", i), whisper_block(c), x);
  return f.add("LayerNormalization", "encoder_layer_norm", {{"epsilon", 1e-5}}, x);
}

Json whisper(const Config& c) {
  FunctionalForm f(c);
  const FormTensor features = f.input("encoder_features", {-1, c.integer("num_mels", 80, Range{1})}, "float32");
  Json inputs = text_inputs(f, {"decoder_token_ids", "decoder_padding_mask"});
  const FormTensor memory = sound_encoded(f, c, features);
  FormTensor x = f.add("keras_hub>TokenAndPositionEmbedding", "decoder_token_and_position_embedding",
                       {{"vocabulary_size", value_of(c, "vocabulary_size")},
                        {"sequence_length", value_of(c, "max_decoder_sequence_length", 448)},
                        {"embedding_dim", value_of(c, "hidden_dim")}},
                       inputs["decoder_token_ids"]);
  Members block = whisper_block(c);
  block.emplace_back("encoder_sequence_shape", json_list({nullptr, nullptr, value_of(c, "hidden_dim")}));
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>WhisperDecoder", hub_numbered("transformer_decoder_layer", i), block, x,
              {{"encoder_sequence", memory}, {"decoder_padding_mask", inputs["decoder_padding_mask"]}});
  x = f.add("LayerNormalization", "decoder_layer_norm", {{"epsilon", 1e-5}}, x);
  return f.config(inputs.set("encoder_features", features),
                  Json::object({{"encoder_sequence_output", memory}, {"decoder_sequence_output", x}}));
}

// A step of zeros before and after the sound.
std::vector<Traced> lower_padder(Lowering& l) {
  const Value x = l.input().value;
  if (l.rank(x) != 3) l.refuse("needs an input of rank 3, found " + l.dims(x).to_string());
  constexpr std::array<int64_t, 3> kOneStep{0, 1, 0};
  return {{l.pad(x, kOneStep, kOneStep, 0), {}}};
}

}  // namespace

std::vector<LayerDef> hub_whisper_layers() {
  return {{.classes = hub_names({"Padder"}), .keys = {}, .weights = {}, .children = {}, .lower = lower_padder},
          hub_model({"WhisperBackbone"},
                    {"vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim", "num_mels", "dropout",
                     "max_encoder_sequence_length", "max_decoder_sequence_length"},
                    whisper)};
}

}  // namespace keraunos::loader
