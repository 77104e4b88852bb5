// BERT, DistilBERT and RoBERTa (XLM-RoBERTa) of KerasHub.
#include "loader/layers/extensions/keras_hub/hub_encoders.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_encoders_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

const std::set<std::string> kEncoderKeys{"vocabulary_size",  "num_layers", "num_heads",          "hidden_dim",
                                         "intermediate_dim", "dropout",    "max_sequence_length"};

Json bert(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "segment_ids", "padding_mask"});
  const FormTensor x = hub_embedded_sum(f, c, inputs, hub_token_embedding(c), value_of(c, "hidden_dim"));
  return hub_pooled_outputs(f, c, inputs,
                            hub_encoded(f, c, hub_dropped(f, c, x, 0.1), inputs, "keras_hub>gelu_approximate", 1e-12));
}

// Tokens and positions in one layer of any name.
Json plain_encoder(const Config& c, const char* embeddings, double epsilon) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"});
  const FormTensor x = f.add("keras_hub>TokenAndPositionEmbedding", embeddings,
                             {{"vocabulary_size", value_of(c, "vocabulary_size")},
                              {"sequence_length", value_of(c, "max_sequence_length", 512)},
                              {"embedding_dim", value_of(c, "hidden_dim")}},
                             inputs["token_ids"]);
  const FormTensor embedded = hub_dropped(f, c, hub_embedded_norm(f, x, epsilon), 0.1);
  return f.config(inputs, hub_encoded(f, c, embedded, inputs, "gelu", epsilon));
}

Json distil_bert(const Config& c) { return plain_encoder(c, "token_and_position_embedding", 1e-12); }
Json roberta(const Config& c) { return plain_encoder(c, "embeddings", 1e-5); }

}  // namespace

FormTensor hub_embedded_norm(FunctionalForm& f, FormTensor x, double epsilon) {
  return f.add("LayerNormalization", "embeddings_layer_norm", {{"epsilon", epsilon}}, std::move(x));
}

FormTensor hub_dropped(FunctionalForm& f, const Config& c, FormTensor x, double rate) {
  return f.add("Dropout", "embeddings_dropout", {{"rate", value_of(c, "dropout", rate)}}, std::move(x));
}

FormTensor hub_embedded_sum(FunctionalForm& f, const Config& c, const Json& inputs, const Json& embedding, const Json& width,
                            int64_t segments) {
  const FormTensor tokens = f.add(embedding, inputs["token_ids"]);
  const FormTensor positions = f.add("keras_hub>PositionEmbedding", "position_embedding",
                                     {{"sequence_length", value_of(c, "max_sequence_length", 512)}}, tokens);
  const FormTensor kinds =
      f.add("Embedding", "segment_embedding", {{"input_dim", value_of(c, "num_segments", segments)}, {"output_dim", width}},
            inputs["segment_ids"]);
  return hub_embedded_norm(f, f.add("Add", "embeddings_add", {}, json_list({tokens, positions, kinds})), 1e-12);
}

Members hub_encoder_block(const Config& c, const char* activation, double epsilon, double dropout) {
  return {{"num_heads", value_of(c, "num_heads")},
          {"intermediate_dim", value_of(c, "intermediate_dim")},
          {"activation", activation},
          {"dropout", value_of(c, "dropout", dropout)},
          {"layer_norm_epsilon", epsilon}};
}

FormTensor hub_encoded(FunctionalForm& f, const Config& c, FormTensor x, const Json& inputs, const char* activation,
                       double epsilon) {
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>TransformerEncoder", hub_numbered("transformer_layer", i), hub_encoder_block(c, activation, epsilon),
              std::move(x), {{"padding_mask", inputs["padding_mask"]}});
  return x;
}

Json hub_pooled_outputs(FunctionalForm& f, const Config& c, const Json& inputs, const FormTensor& x) {
  const FormTensor pooled =
      f.add("Dense", "pooled_dense", {{"units", value_of(c, "hidden_dim")}, {"activation", "tanh"}}, f.step("get_item", x, 0));
  return f.config(inputs, Json::object({{"sequence_output", x}, {"pooled_output", pooled}}));
}

std::vector<LayerDef> hub_encoders_layers() {
  std::set<std::string> bert_keys = kEncoderKeys;
  bert_keys.insert("num_segments");
  return {hub_model({"BertBackbone"}, std::move(bert_keys), bert), hub_model({"DistilBertBackbone"}, kEncoderKeys, distil_bert),
          hub_model({"RobertaBackbone", "XLMRobertaBackbone"}, kEncoderKeys, roberta)};
}

}  // namespace keraunos::loader
