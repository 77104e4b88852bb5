// TransformerEncoder and TransformerDecoder of KerasHub: attention and a feed-forward network, each with a residual, normalised
// before or after.
#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_transformer_layers();

namespace {

const std::set<std::string> kBlockKeys{"intermediate_dim", "num_heads",          "dropout",
                                       "activation",       "layer_norm_epsilon", "normalize_first"};

ChildName attention_part(const Config& config, const char* class_name, const std::string& attribute, const std::string& name) {
  return hub_part(config, class_name, attribute,
                  {{"name", name}, {"num_heads", value_of(config, "num_heads")}, {"dropout", value_of(config, "dropout", 0)}});
}

ChildName norm_part(const Config& config, const std::string& attribute) {
  return hub_part(config, "LayerNormalization", attribute, {{"epsilon", value_of(config, "layer_norm_epsilon", 1e-5)}});
}

std::vector<ChildName> feed_forward_parts(const Config& config) {
  return {hub_part(config, "Dense", "_feedforward_intermediate_dense",
                   {{"units", value_of(config, "intermediate_dim")}, {"activation", value_of(config, "activation", "relu")}}),
          hub_part(config, "Dense", "_feedforward_output_dense", {})};
}

std::vector<ChildName> encoder_parts(const Config& config, const char* attention) {
  std::vector<ChildName> parts{attention_part(config, attention, "_self_attention_layer", "self_attention_layer"),
                               norm_part(config, "_self_attention_layer_norm"), norm_part(config, "_feedforward_layer_norm")};
  for (ChildName& part : feed_forward_parts(config)) parts.push_back(std::move(part));
  return parts;
}

bool has_cross_attention(const Config& config) { return config.has("encoder_sequence_shape"); }

std::vector<ChildName> decoder_parts(const Config& config, const char* attention) {
  std::vector<ChildName> parts{attention_part(config, attention, "_self_attention_layer", "self_attention"),
                               norm_part(config, "_self_attention_layer_norm")};
  if (has_cross_attention(config)) {
    parts.push_back(attention_part(config, attention, "_cross_attention_layer", "cross_attention"));
    parts.push_back(norm_part(config, "_cross_attention_layer_norm"));
  }
  for (ChildName& part : feed_forward_parts(config)) parts.push_back(std::move(part));
  parts.push_back(norm_part(config, "_feedforward_layer_norm"));
  return parts;
}

// x + inner(x), with the normalisation before `inner` or after the sum. The argument of `inner` has x's mask.
template <class Inner>
Value residual(Lowering& l, std::string_view norm, const Traced& x, const Inner& inner) {
  const bool first = l.config().flag("normalize_first", false);
  const Value sum = l.add(inner(Traced{first ? call_part(l, norm, x.value) : x.value, x.mask}), x.value);
  return first ? sum : call_part(l, norm, sum);
}

Value fed_forward(Lowering& l, Value x) {
  return residual(l, "_feedforward_layer_norm", {x, {}}, [&](const Traced& in) {
    return call_part(l, "_feedforward_output_dense", call_part(l, "_feedforward_intermediate_dense", in.value), l.dim(x, -1));
  });
}

Traced block_input(Lowering& l) {
  if (l.config().number("dropout", 0, RealRange{0, 1}) > 0) refuse_training(l);
  Traced x = first_input(l);
  if (l.rank(x.value) != 3) l.refuse("needs an input of shape (batch, steps, features), found " + l.dims(x.value).to_string());
  x.value = as_computed(l, x.value);
  return x;
}

Arg::Members attention_keywords(const Traced& value, Value mask) {
  Arg::Members keywords{{"value", Arg{value}}};
  if (mask) keywords.emplace_back("attention_mask", tensor_argument(mask));
  return keywords;
}

std::vector<Traced> lower_encoder(Lowering& l) {
  const Traced x = block_input(l);
  const Value mask =
      merged_masks(l, x, tensor_argument_of(l, 1, "padding_mask").value, tensor_argument_of(l, 2, "attention_mask").value);
  const Value seen = residual(l, "_self_attention_layer_norm", x, [&](const Traced& in) {
    return l.call_child("_self_attention_layer", {Arg{in}}, attention_keywords(in, mask))[0].value;
  });
  return {{fed_forward(l, seen), x.mask}};
}

void refuse_caches(Lowering& l) {
  for (const char* name : {"self_attention_cache", "cross_attention_cache"}) {
    if (tensor_argument_of(l, 99, name).value) l.refuse("is called with a " + std::string(name) + ", which is not supported");
  }
}

std::vector<Traced> lower_decoder(Lowering& l) {
  const Traced x = block_input(l);
  refuse_caches(l);
  const Traced memory = tensor_argument_of(l, 1, "encoder_sequence");
  if (static_cast<bool>(memory.value) != has_cross_attention(l.config()))
    l.refuse(memory.value ? "is called with an encoder_sequence, but was built without cross attention"
                          : "is called without an encoder_sequence, but was built with cross attention");
  const Value mask = merged_masks(l, x, tensor_argument_of(l, 2, "decoder_padding_mask").value,
                                  tensor_argument_of(l, 3, "decoder_attention_mask").value);
  Value y = residual(l, "_self_attention_layer_norm", {x.value, {}}, [&](const Traced& in) {
    Arg::Members keywords = attention_keywords(in, mask);
    keywords.emplace_back("use_causal_mask", Arg{flag_argument(l, "use_causal_mask", true)});
    return l.call_child("_self_attention_layer", {Arg{in}}, std::move(keywords))[0].value;
  });
  const Value memory_padding = tensor_argument_of(l, 4, "encoder_padding_mask").value;
  const Value memory_attention = tensor_argument_of(l, 5, "encoder_attention_mask").value;
  if (memory.value) {
    const Value memory_mask = merged_masks(l, memory, memory_padding, memory_attention);
    y = residual(l, "_cross_attention_layer_norm", {y, {}}, [&](const Traced& in) {
      return l.call_child("_cross_attention_layer", {Arg{in}}, attention_keywords({memory.value, {}}, memory_mask))[0].value;
    });
  }
  return {{fed_forward(l, y), x.mask}};
}

std::set<std::string> with_shapes(std::set<std::string> keys) {
  keys.insert({"decoder_sequence_shape", "encoder_sequence_shape"});
  return keys;
}

LayerDef encoder_with(const char* name, const char* attention) {
  return {.classes = hub_names({name}),
          .keys = kBlockKeys,
          .weights = {},
          .children = [attention](const Config& config) { return encoder_parts(config, attention); },
          .lower = lower_encoder};
}

LayerDef decoder_with(const char* name, const char* attention) {
  return {.classes = hub_names({name}),
          .keys = with_shapes(kBlockKeys),
          .weights = {},
          .children = [attention](const Config& config) { return decoder_parts(config, attention); },
          .lower = lower_decoder};
}

}  // namespace

std::vector<LayerDef> hub_transformer_layers() {
  const char *plain = "keras_hub>part>MultiHeadAttention", *cached = "keras_hub>CachedMultiHeadAttention";
  const char* whisper = "keras_hub>WhisperCachedMultiHeadAttention";
  return {encoder_with("TransformerEncoder", plain), encoder_with("WhisperEncoder", whisper),
          decoder_with("TransformerDecoder", cached), decoder_with("WhisperDecoder", whisper)};
}

}  // namespace keraunos::loader
