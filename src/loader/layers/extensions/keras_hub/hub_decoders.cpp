// GPT-2 and OPT of KerasHub.
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_decoders_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

Json decoded(FunctionalForm& f, const Config& c, FormTensor x, const Json& inputs, const char* activation) {
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>TransformerDecoder", hub_numbered("transformer_layer", i),
              {{"intermediate_dim", value_of(c, "intermediate_dim")},
               {"num_heads", value_of(c, "num_heads")},
               {"dropout", value_of(c, "dropout", 0.1)},
               {"layer_norm_epsilon", 1e-5},
               {"activation", activation},
               {"normalize_first", true}},
              x, {{"decoder_padding_mask", inputs["padding_mask"]}});
  return f.config(inputs, f.add("LayerNormalization", "layer_norm", {{"epsilon", 1e-5}}, x));
}

Json gpt2(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"});
  const FormTensor tokens = f.add(hub_token_embedding(c), inputs["token_ids"]);
  const FormTensor positions = f.add("keras_hub>PositionEmbedding", "position_embedding",
                                     {{"sequence_length", value_of(c, "max_sequence_length", 1024)}}, tokens);
  const FormTensor sum = f.add("Add", "embeddings_add", {}, json_list({tokens, positions}));
  return decoded(f, c, f.add("Dropout", "embeddings_dropout", {{"rate", value_of(c, "dropout", 0.1)}}, sum), inputs,
                 "keras_hub>gelu_approximate");
}

Json opt(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"});
  const FormTensor x = f.add("keras_hub>TokenAndPositionEmbedding", "embeddings",
                             {{"vocabulary_size", value_of(c, "vocabulary_size")},
                              {"sequence_length", value_of(c, "max_sequence_length", 2048)},
                              {"embedding_dim", value_of(c, "hidden_dim")}},
                             inputs["token_ids"]);
  return decoded(f, c, x, inputs, "relu");
}

}  // namespace

std::vector<LayerDef> hub_decoders_layers() {
  const std::set<std::string> keys{"vocabulary_size",  "num_layers", "num_heads",          "hidden_dim",
                                   "intermediate_dim", "dropout",    "max_sequence_length"};
  return {hub_model({"GPT2Backbone"}, keys, gpt2), hub_model({"OPTBackbone"}, keys, opt)};
}

}  // namespace keraunos::loader
