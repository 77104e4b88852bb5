// T5 of KerasHub: positions are a bias on the attention scores, which the first layer computes and all later layers reuse.
#include <algorithm>
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/fourier.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/extensions/keras_hub/hub_encoders.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_t5_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

constexpr int64_t kBuckets = 32, kFarthest = 128;

// Half of the buckets are for single distances, the others for ranges whose size grows with the distance; in an encoder half of
// all buckets are for later steps.
int64_t bucket_of(int64_t distance, bool both_directions) {
  const int64_t count = both_directions ? kBuckets / 2 : kBuckets, exact = count / 2;
  const int64_t first = both_directions && distance > 0 ? count : 0;
  const int64_t far = both_directions ? std::abs(distance) : std::max<int64_t>(-distance, 0);
  if (far < exact) return first + far;
  const float ratio = std::log(static_cast<float>(far) / static_cast<float>(exact)) /
                      static_cast<float>(std::log(static_cast<double>(kFarthest) / static_cast<double>(exact)));
  const auto step = static_cast<int64_t>(ratio * static_cast<float>(count - exact));
  return first + std::min(exact + step, count - 1);
}

// (1, heads, T, S)
Value relative_bias(Lowering& l, int64_t heads, int64_t queries, int64_t keys, bool both_directions) {
  debit(l, "buckets", queries * keys * static_cast<int64_t>(sizeof(double)));
  std::vector<double> buckets;
  for (int64_t i = 0; i < queries; ++i) {
    for (int64_t j = 0; j < keys; ++j) buckets.push_back(static_cast<double>(bucket_of(j - i, both_directions)));
  }
  const Value ids = l.cast(rounded_constant(l, buckets, Dims{queries, keys}, DType::float32), DType::int32);
  const int heads_first[] = {2, 0, 1};
  return l.expand_dims(l.transpose(l.gather(l.weight("embeddings", {Dim{kBuckets}, Dim{heads}}), ids), heads_first), 0);
}

// The bias that KerasHub adds for hidden steps: in float32 it is so large that the score vanishes.
Value hidden_steps(Lowering& l, Value mask, DType type) {
  const Value seen = l.cast(as_boolean(l, mask), type);
  return l.expand_dims(l.multiply(l.subtract(l.scalar(1, type), seen), -1e9), 1);
}

// Returns the result, then the bias with its mask.
std::vector<Traced> lower_t5_attention(Lowering& l) {
  const Config& c = l.config();
  const Value x = as_computed(l, first_input(l).value), memory = tensor_argument_of(l, 1, "encoder_sequence").value;
  const Value from = memory ? as_computed(l, memory) : x;
  const Dim heads{c.integer("num_heads", Range{1, 1 << 20})}, size{c.integer("key_value_dim", Range{1, 1 << 20})};
  const auto split = [&](const char* part, Value in) {
    return l.reshape(call_part(l, part, in), {l.dim(in, 0), l.dim(in, 1), heads, size});
  };
  const Value query = split("query_projector", x), key = split("key_projector", from), value = split("value_projector", from);
  const Value scores = l.einsum("bqnd,bknd->bnqk", query, key);
  const DType type = l.dtype(scores);
  Value bias = tensor_argument_of(l, 2, "position_bias").value;
  if (!bias) {
    const int64_t queries = l.dim(x, 1).size, keys = l.dim(from, 1).size;
    if (c.flag("use_relative_attention_bias", false))
      bias = relative_bias(l, heads.size, queries, keys, !c.flag("is_decoder", false));
    if (const Value mask = tensor_argument_of(l, 3, "attention_mask").value) {
      const Value hidden = hidden_steps(l, mask, type);
      bias = bias ? l.add(bias, hidden) : hidden;
    }
  }
  const Value weights = l.softmax(bias ? l.add(scores, bias) : scores, -1);
  const Value mixed = l.einsum("bnqk,bknd->bqnd", weights, value);
  const Value joined = l.reshape(mixed, {l.dim(x, 0), l.dim(x, 1), Dim{heads.size * size.size}});
  return {{call_part(l, "output_projector", joined), {}}, {bias ? bias : scores, {}}};
}

std::vector<ChildName> t5_attention_parts(const Config& c) {
  const int64_t inner = c.integer("num_heads", Range{1, 1 << 20}) * c.integer("key_value_dim", Range{1, 1 << 20});
  std::vector<ChildName> parts;
  for (const char* name : {"query_projector", "key_projector", "value_projector"})
    parts.push_back(hub_part(c, "Dense", name, {{"units", inner}, {"use_bias", false}}));
  parts.push_back(hub_part(c, "Dense", "output_projector", {{"units", value_of(c, "hidden_dim")}, {"use_bias", false}}));
  return parts;
}

std::vector<Traced> lower_t5_norm(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  return {
      {hub_rms_normalised(l, x, l.weight("weight", {Dim{l.dim(x, -1).size}}), l.config().number("epsilon", 1e-6, RealRange{})),
       {}}};
}

std::vector<ChildName> t5_parts(const Config& c) {
  const auto attention = [&](const char* name, bool relative) {
    return hub_part(c, "keras_hub>part>T5MultiHeadAttention", name,
                    {{"hidden_dim", value_of(c, "hidden_dim")},
                     {"key_value_dim", value_of(c, "key_value_dim")},
                     {"num_heads", value_of(c, "num_heads")},
                     {"is_decoder", value_of(c, "is_decoder")},
                     {"use_relative_attention_bias", relative}});
  };
  const auto dense = [&](const char* name, const char* units, const Json& activation) {
    return hub_part(c, "Dense", name, {{"units", value_of(c, units)}, {"use_bias", false}, {"activation", activation}});
  };
  const auto norm = [&](const char* name) {
    return hub_part(c, "keras_hub>part>T5LayerNorm", name, {{"epsilon", value_of(c, "layer_norm_epsilon")}});
  };
  std::vector<ChildName> parts{attention("self_attention", c.flag("use_relative_attention_bias", false)),
                               norm("self_attention_layer_norm")};
  if (c.flag("is_decoder", false)) {
    parts.push_back(attention("cross_attention", false));
    parts.push_back(norm("cross_attention_layer_norm"));
  }
  parts.push_back(dense("input_projector", "intermediate_dim", value_of(c, "activation")));
  if (c.flag("use_gated_activation", false)) parts.push_back(dense("gate_projector", "intermediate_dim", nullptr));
  parts.push_back(dense("output_projector", "hidden_dim", nullptr));
  parts.push_back(norm("layer_norm"));
  return parts;
}

// (N, 1 or T, S) from a padding mask (N, S).
Value seen_steps(Lowering& l, Value padding, int64_t steps, bool causal) {
  const Value seen = l.expand_dims(as_boolean(l, padding), 1);
  if (!causal) return seen;
  const Value numbers = hub_steps(l, steps, 0);
  return l.binary(Function::logical_and, seen,
                  l.expand_dims(l.binary(Function::greater_equal, l.expand_dims(numbers, 1), numbers), 0));
}

std::vector<Traced> lower_t5(Lowering& l) {
  const Config& c = l.config();
  if (c.number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value in = as_computed(l, first_input(l).value), padding = tensor_argument_of(l, 1, "padding_mask").value;
  const bool decodes = c.flag("is_decoder", false);
  Arg::Members keywords;
  if (const Value bias = tensor_argument_of(l, 2, "position_bias").value)
    keywords.emplace_back("position_bias", tensor_argument(bias));
  else if (padding)
    keywords.emplace_back("attention_mask", tensor_argument(seen_steps(l, padding, l.dim(in, 1).size, decodes)));
  const Value normed = call_part(l, "self_attention_layer_norm", in);
  const std::vector<Traced> attended = l.call_child("self_attention", {tensor_argument(normed)}, std::move(keywords));
  Value x = l.add(attended[0].value, in);
  const Value memory = tensor_argument_of(l, 3, "encoder_sequence").value;
  const Value memory_padding = tensor_argument_of(l, 4, "encoder_padding_mask").value;
  if (decodes && memory && memory_padding) {
    const Value query = call_part(l, "cross_attention_layer_norm", x);
    Arg::Members cross{{"encoder_sequence", tensor_argument(memory)},
                       {"attention_mask", tensor_argument(seen_steps(l, memory_padding, 0, false))}};
    x = l.add(l.call_child("cross_attention", {tensor_argument(query)}, std::move(cross))[0].value, x);
  }
  const Value y = call_part(l, "layer_norm", x);
  Value inner = call_part(l, "input_projector", y);
  if (c.flag("use_gated_activation", false)) inner = l.multiply(inner, call_part(l, "gate_projector", y));
  return {{l.add(call_part(l, "output_projector", inner), x), {}}, {attended[1].value, {}}};
}

Members t5_block(const Config& c, bool decodes, bool first) {
  const Json own = value_of(c, "key_value_dim");
  const int64_t width = c.integer("hidden_dim", Range{1}), heads = c.integer("num_heads", Range{1});
  return {{"is_decoder", decodes},
          {"hidden_dim", width},
          {"intermediate_dim", value_of(c, "intermediate_dim")},
          {"key_value_dim", own.is_null() || own == Json(0) ? Json(std::max<int64_t>(width / heads, 1)) : own},
          {"num_heads", heads},
          {"dropout", value_of(c, "dropout", 0.1)},
          {"activation", value_of(c, "activation", "relu")},
          {"layer_norm_epsilon", value_of(c, "layer_norm_epsilon", 1e-6)},
          {"use_gated_activation", value_of(c, "use_gated_activation", true)},
          {"use_relative_attention_bias", first}};
}

// Embedded tokens through the layers of one half.
FormTensor t5_half(FunctionalForm& f, const Config& c, const std::string& half, FormTensor x, Members keywords) {
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i) {
    x = f.add("keras_hub>part>T5TransformerLayer", hub_numbered("transformer_" + half + "_layer", i),
              t5_block(c, half == "decoder", i == 0), x, keywords);
    std::erase_if(keywords, [](const auto& keyword) { return keyword.first == "position_bias"; });
    keywords.emplace_back("position_bias", FunctionalForm::result(x, 1));
  }
  return f.add("keras_hub>part>T5LayerNorm", half + "_output_layer_norm", {{"epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}},
               x);
}

Json t5(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"encoder_token_ids", "encoder_padding_mask", "decoder_token_ids", "decoder_padding_mask"});
  const Json table = hub_token_embedding(c, value_of(c, "vocabulary_size"), value_of(c, "hidden_dim"),
                                         value_of(c, "tie_embedding_weights", true));
  const FormTensor memory =
      t5_half(f, c, "encoder", f.add(table, inputs["encoder_token_ids"]), {{"padding_mask", inputs["encoder_padding_mask"]}});
  const FormTensor decoded = t5_half(f, c, "decoder", f.call("token_embedding", inputs["decoder_token_ids"]),
                                     {{"padding_mask", inputs["decoder_padding_mask"]},
                                      {"encoder_sequence", memory},
                                      {"encoder_padding_mask", inputs["encoder_padding_mask"]}});
  return f.config(inputs, Json::object({{"encoder_sequence_output", memory}, {"decoder_sequence_output", decoded}}));
}

}  // namespace

std::vector<LayerDef> hub_t5_layers() {
  const std::set<std::string> attention{"hidden_dim", "key_value_dim", "num_heads", "is_decoder", "use_relative_attention_bias"};
  std::set<std::string> block = attention;
  block.insert({"intermediate_dim", "dropout", "activation", "layer_norm_epsilon", "use_gated_activation"});
  return {{.classes = {"keras_hub>part>T5MultiHeadAttention"},
           .keys = attention,
           .weights =
               [](const Config& c) {
                 return c.flag("use_relative_attention_bias", false) ? std::vector<WeightName>{{.name = "embeddings"}}
                                                                     : std::vector<WeightName>{};
               },
           .children = t5_attention_parts,
           .lower = lower_t5_attention},
          {.classes = {"keras_hub>part>T5LayerNorm"},
           .keys = {"epsilon"},
           .weights = [](const Config&) { return std::vector<WeightName>{{.name = "weight"}}; },
           .children = {},
           .lower = lower_t5_norm},
          {.classes = {"keras_hub>part>T5TransformerLayer"},
           .keys = std::move(block),
           .weights = {},
           .children = t5_parts,
           .lower = lower_t5},
          hub_model({"T5Backbone"},
                    {"vocabulary_size", "hidden_dim", "intermediate_dim", "num_layers", "num_heads", "activation",
                     "key_value_dim", "dropout", "use_gated_activation", "layer_norm_epsilon", "tie_embedding_weights"},
                    t5)};
}

}  // namespace keraunos::loader
