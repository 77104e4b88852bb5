// ALBERT, ELECTRA and FNet of KerasHub.
#include "loader/layers/extensions/keras_hub/hub_encoders.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_albert_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

FormTensor albert_projected(FunctionalForm& f, const Config& c, const char* name, FormTensor x) {
  return f.add("Dense", name, {{"units", value_of(c, "hidden_dim")}}, std::move(x));
}

// Groups of layers, each called several times.
Json albert(const Config& c) {
  const int64_t layers = hub_count(c, "num_layers"), groups = c.integer("num_groups", 1, Range{1, 1024});
  const int64_t inner = c.integer("num_inner_repetitions", 1, Range{1, 1024});
  if (layers % groups != 0) c.fail("num_groups", "a divisor of num_layers");
  if (layers * inner > 4096) c.fail("num_inner_repetitions", "at most 4096 calls in all");
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "segment_ids", "padding_mask"}), width = value_of(c, "embedding_dim");
  const Json embedding = hub_token_embedding(c, value_of(c, "vocabulary_size"), width);
  FormTensor x = hub_dropped(f, c, hub_embedded_sum(f, c, inputs, embedding, width), 0);
  x = albert_projected(f, c, "embedding_projection", x);
  const Members padding{{"padding_mask", inputs["padding_mask"]}};
  for (int64_t group = 0; group < groups; ++group) {
    for (int64_t turn = 0; turn < layers / groups; ++turn) {
      for (int64_t i = 0; i < inner; ++i) {
        const std::string name = hub_numbered(hub_numbered("group", group) + "_inner_layer", i);
        x = turn > 0 ? f.call(name, x, padding)
                     : f.add("keras_hub>TransformerEncoder", name, hub_encoder_block(c, "keras_hub>gelu_approximate", 1e-12, 0),
                             x, padding);
      }
    }
  }
  return hub_pooled_outputs(f, c, inputs, x);
}

Json electra(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "segment_ids", "padding_mask"}), width = value_of(c, "embedding_dim");
  const Json embedding = hub_token_embedding(c, value_of(c, "vocab_size"), width);
  FormTensor x = hub_dropped(f, c, hub_embedded_sum(f, c, inputs, embedding, width), 0.1);
  if (width != value_of(c, "hidden_dim")) x = albert_projected(f, c, "embeddings_projection", x);
  return hub_pooled_outputs(f, c, inputs, hub_encoded(f, c, x, inputs, "keras_hub>gelu_approximate", 1e-12));
}

Json f_net(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "segment_ids"});
  FormTensor x = hub_embedded_sum(f, c, inputs, hub_token_embedding(c), value_of(c, "hidden_dim"), 4);
  x = hub_dropped(f, c, albert_projected(f, c, "embedding_projection", x), 0.1);
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>FNetEncoder", hub_numbered("f_net_layer", i),
              {{"intermediate_dim", value_of(c, "intermediate_dim")},
               {"activation", "keras_hub>gelu_approximate"},
               {"dropout", value_of(c, "dropout", 0.1)},
               {"layer_norm_epsilon", 1e-12}},
              x);
  return hub_pooled_outputs(f, c, inputs, x);
}

}  // namespace

std::vector<LayerDef> hub_albert_layers() {
  return {hub_model({"AlbertBackbone"},
                    {"vocabulary_size", "num_layers", "num_heads", "embedding_dim", "hidden_dim", "intermediate_dim",
                     "num_groups", "num_inner_repetitions", "dropout", "max_sequence_length", "num_segments"},
                    albert),
          hub_model({"ElectraBackbone"},
                    {"vocab_size", "num_layers", "num_heads", "embedding_dim", "hidden_dim", "intermediate_dim", "dropout",
                     "max_sequence_length", "num_segments"},
                    electra),
          hub_model({"FNetBackbone"},
                    {"vocabulary_size", "num_layers", "hidden_dim", "intermediate_dim", "dropout", "max_sequence_length",
                     "num_segments"},
                    f_net)};
}

}  // namespace keraunos::loader
