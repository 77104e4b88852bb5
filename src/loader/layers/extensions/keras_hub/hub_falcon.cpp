// Falcon of KerasHub: ALiBi, whose positions count steps without padding.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/fourier.h"
#include "loader/layers/extensions/keras_hub/hub_blocks.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_falcon_layers();

namespace {

using files::Json;

// (N, heads, 1, T): the number of earlier steps without padding, times a slope for each head; 0 for padding.
Value falcon_alibi(Lowering& l, Value padding, int64_t rows, int64_t steps, int64_t heads) {
  const DType type = l.compute_dtype();
  const Value numbers = hub_steps(l, steps, 0);
  Value places = l.expand_dims(numbers, 0);
  if (padding) {
    const Value counted = l.cast(padding, DType::float32);
    const Value before = l.cast(l.binary(Function::less_equal, l.expand_dims(numbers, 1), numbers), DType::float32);
    places = l.multiply(l.add(l.matmul(counted, before), -1.0), counted);
  } else {
    places = l.broadcast_to(places, {{rows}, {steps}});
  }
  const Value slopes = rounded_constant(l, alibi_slopes(heads, 8), Dims{1, heads, 1, 1}, type);
  return l.multiply(slopes, l.reshape(l.cast(places, type), {l.dim(places, 0), {1}, {1}, {steps}}));
}

std::vector<Traced> lower_falcon_attention(Lowering& l) {
  const Traced in = first_input(l);
  const Value x = as_computed(l, in.value);
  const int64_t heads = l.config().integer("num_heads", Range{1}), width = l.dim(x, -1).size, steps = l.dim(x, 1).size;
  if (width < heads || width % heads != 0) l.config().fail("num_heads", "a divisor of the width, " + std::to_string(width));
  const int64_t size = width / heads;
  const Value given = tensor_argument_of(l, 1, "padding_mask").value, padding = as_boolean(l, given ? given : in.mask);
  const Value query = split_heads(l, "query_dense", x, heads, size), key = split_heads(l, "key_dense", x, heads, size);
  const Value value = split_heads(l, "value_dense", x, heads, size);
  Value scores = l.add(l.einsum("btnh,bsnh->bnts", query, key), falcon_alibi(l, padding, l.dim(x, 0).size, steps, heads));
  scores = l.multiply(scores, 1 / std::sqrt(static_cast<double>(size)));
  const Value weights = causal_weights(l, scores, padding, {}, !l.dialect().before(3, 10));
  const Value mixed = l.reshape(l.einsum("bnts,bsnh->btnh", weights, value), l.shape(x));
  return {{call_part(l, "output_dense", mixed, l.dim(x, -1)), {}}};
}

std::vector<ChildName> falcon_attention_parts(const Config& c) {
  std::vector<ChildName> parts;
  for (const char* name : {"query_dense", "key_dense", "value_dense"})
    parts.push_back(hub_part(c, "EinsumDense", name, {{"equation", "...x,xyz->...yz"}, {"bias_axes", "yz"}}));
  parts.push_back(hub_part(c, "Dense", "output_dense", {}));
  return parts;
}

std::vector<Traced> lower_falcon(Lowering& l) {
  for (const char* key : {"attention_dropout_rate", "feedforward_dropout_rate"}) {
    if (l.config().number(key, 0, RealRange{0, 1}) > 0) refuse_training(l);
  }
  const Traced in = first_input(l);
  const Value x = as_computed(l, in.value), given = tensor_argument_of(l, 1, "padding_mask").value;
  Arg::Members keywords;
  if (given || in.mask) keywords.emplace_back("padding_mask", tensor_argument(given ? given : in.mask));
  const Value normed = call_part(l, "input_layernorm", x);
  const Value middle = l.add(l.call_child("attention_layer", {tensor_argument(normed)}, std::move(keywords))[0].value, x);
  const Value inner = call_part(l, "dense_h_to_4h", call_part(l, "post_attention_layernorm", middle));
  return {{l.add(call_part(l, "dense_4h_to_h", inner, l.dim(x, -1)), middle), {}}};
}

// Blocks do not use the model's layer_norm_epsilon.
std::vector<ChildName> falcon_parts(const Config& c) {
  return {hub_layer_norm(c, "input_layernorm", 1e-5),
          hub_part(c, "keras_hub>part>FalconAttention", "attention_layer", {{"num_heads", value_of(c, "num_attention_heads")}}),
          hub_layer_norm(c, "post_attention_layernorm", 1e-5),
          hub_part(c, "Dense", "dense_h_to_4h", {{"units", value_of(c, "intermediate_dim")}, {"activation", "gelu"}}),
          hub_part(c, "Dense", "dense_4h_to_h", {})};
}

Json falcon(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"});
  FunctionalForm::Tensor x = f.add(hub_token_embedding(c), inputs["token_ids"]);
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>part>FalconTransformerDecoder", hub_numbered("transformer_layer", i),
              {{"num_attention_heads", value_of(c, "num_attention_heads")},
               {"intermediate_dim", value_of(c, "intermediate_dim")},
               {"attention_dropout_rate", value_of(c, "attention_dropout_rate", 0)},
               {"feedforward_dropout_rate", value_of(c, "feedforward_dropout_rate", 0)}},
              x, {{"padding_mask", inputs["padding_mask"]}});
  Json epsilon = value_of(c, "layer_norm_epsilon", 1e-5);
  return f.config(inputs, f.add("LayerNormalization", "final_layernorm", {{"epsilon", std::move(epsilon)}}, x));
}

}  // namespace

std::vector<LayerDef> hub_falcon_layers() {
  return {hub_part_layer("FalconAttention", {"num_heads"}, falcon_attention_parts, lower_falcon_attention),
          hub_part_layer("FalconTransformerDecoder",
                         {"num_attention_heads", "intermediate_dim", "attention_dropout_rate", "feedforward_dropout_rate"},
                         falcon_parts, lower_falcon),
          hub_model({"FalconBackbone"},
                    {"vocabulary_size", "num_layers", "num_attention_heads", "hidden_dim", "intermediate_dim",
                     "layer_norm_epsilon", "attention_dropout_rate", "feedforward_dropout_rate"},
                    falcon)};
}

}  // namespace keraunos::loader
