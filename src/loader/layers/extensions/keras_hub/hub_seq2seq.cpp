// BART of KerasHub: an encoder, and a decoder that attends to the encoder's output.
#include "loader/layers/extensions/keras_hub/hub_encoders.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_seq2seq_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

// Tokens, with one table for both halves, and positions.
FormTensor embedded(FunctionalForm& f, const Config& c, const std::string& half, const FormTensor& tokens) {
  const FormTensor positions = f.add("keras_hub>PositionEmbedding", half + "_position_embedding",
                                     {{"sequence_length", value_of(c, "max_sequence_length", 1024)}}, tokens);
  FormTensor x = f.add("Add", half + "_embeddings_add", {}, json_list({tokens, positions}));
  x = f.add("LayerNormalization", half + "_embeddings_layer_norm", {{"epsilon", 1e-5}}, x);
  return f.add("Dropout", half + "_embeddings_dropout", {{"rate", value_of(c, "dropout", 0.1)}}, x);
}

Json bart(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"encoder_token_ids", "encoder_padding_mask", "decoder_token_ids", "decoder_padding_mask"});
  FormTensor x = embedded(f, c, "encoder", f.add(hub_token_embedding(c), inputs["encoder_token_ids"]));
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>TransformerEncoder", hub_numbered("transformer_encoder_layer", i), hub_encoder_block(c, "gelu", 1e-5), x,
              {{"padding_mask", inputs["encoder_padding_mask"]}});
  const FormTensor memory = x;
  x = embedded(f, c, "decoder", f.call("token_embedding", inputs["decoder_token_ids"]));
  Members block = hub_encoder_block(c, "gelu", 1e-5);
  block.emplace_back("encoder_sequence_shape", json_list({nullptr, nullptr, value_of(c, "hidden_dim")}));
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>TransformerDecoder", hub_numbered("transformer_decoder_layer", i), block, x,
              {{"encoder_sequence", memory},
               {"decoder_padding_mask", inputs["decoder_padding_mask"]},
               {"encoder_padding_mask", inputs["encoder_padding_mask"]}});
  return f.config(inputs, Json::object({{"encoder_sequence_output", memory}, {"decoder_sequence_output", x}}));
}

}  // namespace

std::vector<LayerDef> hub_seq2seq_layers() {
  return {hub_model(
      {"BartBackbone"},
      {"vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim", "dropout", "max_sequence_length"}, bart)};
}

}  // namespace keraunos::loader
