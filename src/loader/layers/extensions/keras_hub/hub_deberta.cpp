// DeBERTa V3 of KerasHub: attention to contents and, separately, to distances.
#include <algorithm>
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/fourier.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/extensions/keras_hub/hub_encoders.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_deberta_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

struct Distances {
  int64_t buckets, longest;

  // Small distances have their own bucket, large ones share buckets whose size grows with the distance.
  int64_t bucket(int64_t distance) const {
    const int64_t middle = buckets / 2, far = distance < middle && distance > -middle ? middle - 1 : std::abs(distance);
    if (far <= middle) return distance;
    const float ratio = std::log(static_cast<float>(far) / static_cast<float>(middle)) * static_cast<float>(middle - 1);
    const float range = std::log(static_cast<float>(longest - 1) / static_cast<float>(middle));
    const auto step = static_cast<int64_t>(std::clamp(std::ceil(ratio / range), 0.0F, 1e9F)) + middle;
    return distance < 0 ? -step : step;
  }
};

// Converts scores (N, H, T, 2 · buckets) of each step with each bucket to those of pairs of steps: (N, H, T, T).
Value by_distance(Lowering& l, Value scores, const Distances& d, int sign) {
  const int64_t steps = l.dim(scores, 2).size, span = 2 * d.buckets;
  debit(l, "distances", steps * steps * static_cast<int64_t>(sizeof(double)));
  std::vector<double> ids;
  for (int64_t i = 0; i < steps; ++i) {
    for (int64_t j = 0; j < steps; ++j)
      ids.push_back(static_cast<double>(i * span + std::clamp<int64_t>(sign * d.bucket(i - j) + d.buckets, 0, span - 1)));
  }
  const Value places = l.cast(rounded_constant(l, ids, Dims{steps * steps}, DType::float64), DType::int32);
  const Value flat = l.reshape(scores, {l.dim(scores, 0), l.dim(scores, 1), Dim{steps * span}});
  return l.reshape(l.gather(flat, places, 2), {l.dim(scores, 0), l.dim(scores, 1), Dim{steps}, Dim{steps}});
}

std::vector<Traced> lower_disentangled(Lowering& l) {
  const Config& c = l.config();
  const Value x = as_computed(l, first_input(l).value), table = tensor_argument_of(l, 1, "encoder_sequence").value;
  const int64_t heads = c.integer("num_heads", Range{1}), width = l.dim(x, -1).size;
  if (width < heads || width % heads != 0) c.fail("num_heads", "a divisor of the width, " + std::to_string(width));
  const int64_t size = width / heads;
  const Distances distances{.buckets = c.integer("bucket_size", 256, Range{2, 1 << 20}),
                            .longest = c.integer("max_position_embeddings", 512, Range{2})};
  const auto split = [&](const char* part, Value in) { return split_heads(l, part, in, heads, size); };
  const Value query = split("query_dense", x), key = split("key_dense", x), value = split("value_dense", x);
  const auto products = [&](Value a, Value b) { return l.einsum("bqnd,bknd->bnqk", a, b); };
  const Value to_places = by_distance(l, products(query, split("key_dense", table)), distances, 1);
  const Value from_places = by_distance(l, products(key, split("query_dense", table)), distances, -1);
  const int swapped[] = {0, 1, 3, 2};
  const double scale = 1 / std::sqrt(3 * static_cast<double>(size));
  Value scores = l.multiply(products(query, key), scale);
  scores = l.add(scores, l.add(l.multiply(to_places, scale), l.multiply(l.transpose(from_places, swapped), scale)));
  const Value padding = tensor_argument_of(l, 2, "padding_mask").value;
  const Value weights =
      padding ? hub_masked_weights(l, scores, l.reshape(as_boolean(l, padding), {l.dim(x, 0), Dim{1}, Dim{1}, l.dim(x, 1)}))
              : l.softmax(scores, -1);
  const Value mixed = l.einsum("bnqk,bknd->bqnd", weights, value);
  return {{call_part(l, "output_dense", l.reshape(mixed, {l.dim(x, 0), l.dim(x, 1), Dim{width}}), Dim{width}), {}}};
}

ChildName deberta_part(const Config& c, const char* class_name, const std::string& name, Members config) {
  ChildName part = hub_part(c, class_name, name, std::move(config));
  part.aliases = {'_' + name};
  return part;
}

std::vector<ChildName> disentangled_parts(const Config& c) {
  std::vector<ChildName> parts;
  for (const char* name : {"query_dense", "key_dense", "value_dense"})
    parts.push_back(deberta_part(c, "EinsumDense", name, {{"equation", "...x,xyz->...yz"}, {"bias_axes", "yz"}}));
  parts.push_back(deberta_part(c, "Dense", "output_dense", {}));
  return parts;
}

std::vector<ChildName> deberta_parts(const Config& c) {
  const double epsilon = c.number("layer_norm_epsilon", 1e-7, RealRange{});
  return {hub_part(c, "keras_hub>part>DisentangledSelfAttention", "_self_attention_layer",
                   {{"num_heads", value_of(c, "num_heads")},
                    {"bucket_size", value_of(c, "bucket_size")},
                    {"max_position_embeddings", value_of(c, "max_position_embeddings")}}),
          hub_layer_norm(c, "_self_attention_layer_norm", epsilon), hub_layer_norm(c, "_feedforward_layer_norm", epsilon),
          hub_part(c, "Dense", "_feedforward_intermediate_dense",
                   {{"units", value_of(c, "intermediate_dim")}, {"activation", "gelu"}}),
          hub_part(c, "Dense", "_feedforward_output_dense", {})};
}

std::vector<Traced> lower_deberta(Lowering& l) {
  if (l.config().number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Traced in = first_input(l);
  const Value x = as_computed(l, in.value);
  Arg::Members keywords{{"encoder_sequence", tensor_argument(tensor_argument_of(l, 1, "encoder_sequence").value)}};
  const Value padding = tensor_argument_of(l, 2, "padding_mask").value;
  if (padding || in.mask) keywords.emplace_back("padding_mask", tensor_argument(padding ? padding : in.mask));
  const Value attended = l.call_child("_self_attention_layer", {tensor_argument(x)}, std::move(keywords))[0].value;
  const Value y = call_part(l, "_self_attention_layer_norm", l.add(attended, x));
  const Value fed = call_part(l, "_feedforward_output_dense", call_part(l, "_feedforward_intermediate_dense", y), l.dim(x, -1));
  return {{call_part(l, "_feedforward_layer_norm", l.add(fed, y)), {}}};
}

// The normalised table of distances, repeated for each row.
std::vector<Traced> lower_distances(Lowering& l) {
  const Value x = first_input(l).value;
  const Dim rows{2 * l.config().integer("bucket_size", Range{2, 1 << 20})}, width{l.config().integer("hidden_dim", Range{1})};
  const Value table = call_part(l, "layer_norm", l.weight("rel_embedding", {rows, width}));
  return {{l.broadcast_to(l.expand_dims(table, 0), {l.dim(x, 0), rows, width}), {}}};
}

Json deberta(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids", "padding_mask"}), buckets = value_of(c, "bucket_size", 256);
  FormTensor x = hub_embedded_norm(f, f.add(hub_token_embedding(c), inputs["token_ids"]), 1e-7);
  x = hub_dropped(f, c, x, 0.1);
  const FormTensor table = f.add("keras_hub>part>RelativeEmbedding", "rel_embedding",
                                 {{"hidden_dim", value_of(c, "hidden_dim")}, {"bucket_size", buckets}}, x);
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>part>DisentangledAttentionEncoder", hub_numbered("disentangled_attention_encoder_layer", i),
              {{"num_heads", value_of(c, "num_heads")},
               {"intermediate_dim", value_of(c, "intermediate_dim")},
               {"max_position_embeddings", value_of(c, "max_sequence_length", 512)},
               {"bucket_size", buckets},
               {"dropout", value_of(c, "dropout", 0.1)},
               {"layer_norm_epsilon", 1e-7}},
              x, {{"encoder_sequence", table}, {"padding_mask", inputs["padding_mask"]}});
  return f.config(inputs, x);
}

}  // namespace

std::vector<LayerDef> hub_deberta_layers() {
  return {{.classes = {"keras_hub>part>DisentangledSelfAttention"},
           .keys = {"num_heads", "bucket_size", "max_position_embeddings"},
           .weights = {},
           .children = disentangled_parts,
           .lower = lower_disentangled},
          {.classes = {"keras_hub>part>DisentangledAttentionEncoder"},
           .keys = {"num_heads", "intermediate_dim", "max_position_embeddings", "bucket_size", "dropout", "layer_norm_epsilon"},
           .weights = {},
           .children = deberta_parts,
           .lower = lower_deberta},
          {.classes = {"keras_hub>part>RelativeEmbedding"},
           .keys = {"hidden_dim", "bucket_size"},
           .weights = [](const Config&) { return std::vector<WeightName>{{.name = "rel_embedding"}}; },
           .children = [](const Config& c) { return std::vector<ChildName>{hub_layer_norm(c, "layer_norm", 1e-7)}; },
           .lower = lower_distances},
          hub_model({"DebertaV3Backbone"},
                    {"vocabulary_size", "num_layers", "num_heads", "hidden_dim", "intermediate_dim", "dropout",
                     "max_sequence_length", "bucket_size"},
                    deberta)};
}

}  // namespace keraunos::loader
