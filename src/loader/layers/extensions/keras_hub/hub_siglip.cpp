// SigLIP of KerasHub: an encoder of images, which pools the patches by attention with a learned query, and an encoder of texts,
// which uses the last step.
#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub_clip.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_siglip_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

std::vector<Traced> lower_siglip_patches(Lowering& l) {
  const Value patches = hub_patch_rows(l);
  return {{l.add(patches, hub_saved_positions(l, l.dim(patches, 1), l.dim(patches, 2))), {}}};
}

std::vector<ChildName> siglip_patch_parts(const Config& c) {
  const Json width = value_of(c, "hidden_dim"), patch = value_of(c, "patch_size");
  return {hub_part(c, "Conv2D", "patch_embedding", {{"filters", width}, {"kernel_size", patch}, {"strides", patch}}),
          hub_part(c, "Embedding", "position_embedding", {{"output_dim", width}})};
}

std::vector<Traced> lower_siglip_tokens(Lowering& l) {
  const Value x = call_part(l, "token_embedding", l.input().value);
  const Dim places{l.config().integer("sequence_length", Range{1})};
  if (l.rank(x) != 3 || l.dim(x, 1).size != places.size)
    l.refuse("needs texts of " + std::to_string(places.size) + " tokens, found " + l.dims(x).to_string());
  return {{l.add(x, hub_saved_positions(l, places, l.dim(x, 2))), {}}};
}

std::vector<ChildName> siglip_token_parts(const Config& c) {
  const Json width = value_of(c, "embedding_dim");
  return {{.attribute = "token_embedding",
           .aliases = {},
           .config = std::make_shared<const Json>(hub_token_embedding(c, value_of(c, "vocabulary_size"), width))},
          hub_part(c, "ReversibleEmbedding", "position_embedding",
                   {{"input_dim", value_of(c, "sequence_length")}, {"output_dim", width}, {"tie_weights", true}})};
}

std::vector<ChildName> siglip_mlp_parts(const Config& c) {
  const Json named = value_of(c, "activation", "gelu_approximate");
  const Json activation = named == Json("gelu_approximate") ? Json("keras_hub>gelu_approximate") : named;
  return {hub_part(c, "Dense", "fc1", {{"units", value_of(c, "intermediate_dim")}, {"activation", activation}}),
          hub_part(c, "Dense", "fc2", {{"units", value_of(c, "hidden_dim")}})};
}

std::vector<Traced> lower_siglip_mlp(Lowering& l) {
  return {{call_part(l, "fc2", call_part(l, "fc1", as_computed(l, l.input().value))), {}}};
}

ChildName siglip_heads(const Config& c, const char* attribute) {
  const int64_t width = c.integer("hidden_dim", Range{1}), heads = c.integer("num_heads", Range{1});
  return hub_part(c, "MultiHeadAttention", attribute, {{"num_heads", heads}, {"key_dim", std::max<int64_t>(width / heads, 1)}});
}

ChildName siglip_norm(const Config& c, const char* attribute) {
  return hub_part(c, "LayerNormalization", attribute, {{"epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}});
}

ChildName siglip_mlp(const Config& c, const char* activation) {
  return hub_part(c, "keras_hub>part>SigLIPMLP", "mlp",
                  {{"hidden_dim", value_of(c, "hidden_dim")},
                   {"intermediate_dim", value_of(c, "intermediate_dim")},
                   {"activation", value_of(c, activation, "gelu_approximate")}});
}

std::vector<ChildName> siglip_layer_parts(const Config& c) {
  return {siglip_heads(c, "self_attn"), siglip_norm(c, "layer_norm1"), siglip_mlp(c, "intermediate_activation"),
          siglip_norm(c, "layer_norm2")};
}

std::vector<Traced> lower_siglip_layer(Lowering& l) {
  const Value in = as_computed(l, l.input().value);
  const Arg normed = tensor_argument(call_part(l, "layer_norm1", in));
  const Value x = l.add(in, l.call_child("self_attn", {normed, normed, normed})[0].value);
  return {{l.add(x, call_part(l, "mlp", call_part(l, "layer_norm2", x))), {}}};
}

std::vector<ChildName> siglip_pooling_parts(const Config& c) {
  return {siglip_heads(c, "attention"), siglip_norm(c, "layer_norm"), siglip_mlp(c, "activation")};
}

std::vector<Traced> lower_siglip_pooling(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const Dim width = l.dim(x, -1);
  const Value query = l.broadcast_to(l.weight("probe", {{1}, {1}, width}), {l.dim(x, 0), {1}, width});
  const Arg all = tensor_argument(x);
  const Value y = l.call_child("attention", {tensor_argument(query), all, all})[0].value;
  return {{l.squeeze(l.add(y, call_part(l, "mlp", call_part(l, "layer_norm", y))), 1), {}}};
}

std::vector<Traced> lower_siglip_head(Lowering& l) {
  const Value scaled = l.multiply(hub_fits(l), l.unary(Function::exp, l.weight("logit_scale", {})));
  const Value of_texts = l.add(scaled, l.weight("logit_bias", {}));
  const int order[] = {1, 0};
  return {{l.transpose(of_texts, order), {}}, {of_texts, {}}};
}

FormTensor siglip_encoded(FunctionalForm& f, const Config& c, FormTensor x, const Json& epsilon) {
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    x = f.add("keras_hub>part>SigLIPEncoderLayer", hub_prefixed(c, hub_numbered("encoder_block", i)),
              {{"hidden_dim", value_of(c, "hidden_dim")},
               {"num_heads", value_of(c, "num_heads")},
               {"intermediate_dim", value_of(c, "intermediate_dim")},
               {"intermediate_activation", value_of(c, "intermediate_activation", "gelu_approximate")},
               {"layer_norm_epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}},
              x);
  return f.add("LayerNormalization", hub_prefixed(c, "post_layer_norm"), {{"epsilon", epsilon}}, x);
}

Json siglip_vision(const Config& c) {
  ImageForm f(c);
  const FormTensor image = f.image(c, "images");
  const FormTensor x = f.add(
      "keras_hub>part>SigLIPVisionEmbedding", hub_prefixed(c, "embedding"),
      {{"hidden_dim", value_of(c, "hidden_dim")}, {"patch_size", value_of(c, "patch_size")}, {"image_size", hub_square_side(c)}},
      image);
  return f.config(Json::object({{"images", image}}),
                  f.add("keras_hub>part>SigLIPMultiHeadAttentionPooling", hub_prefixed(c, "head"),
                        {{"hidden_dim", value_of(c, "hidden_dim")},
                         {"intermediate_dim", value_of(c, "intermediate_dim")},
                         {"num_heads", value_of(c, "num_heads")},
                         {"activation", value_of(c, "intermediate_activation", "gelu_approximate")},
                         {"layer_norm_epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}},
                        siglip_encoded(f, c, x, 1e-6)));
}

// The positions fit texts of exactly one length.
Json siglip_text(const Config& c) {
  FunctionalForm f(c);
  const int64_t steps = c.integer("max_sequence_length", 64, Range{1});
  const FormTensor ids = f.input("token_ids", {steps}, "int32");
  FormTensor x = f.add("keras_hub>part>SigLIPTextEmbedding", hub_prefixed(c, "embedding"),
                       {{"vocabulary_size", value_of(c, "vocabulary_size")},
                        {"sequence_length", steps},
                        {"embedding_dim", value_of(c, "embedding_dim")}},
                       ids);
  x = f.step("get_item", siglip_encoded(f, c, x, value_of(c, "layer_norm_epsilon", 1e-6)), -1);
  const Json* width = c.find("projection_dim");
  return f.config(Json::object({{"token_ids", ids}}),
                  f.add("Dense", hub_prefixed(c, "head"), {{"units", width == nullptr ? value_of(c, "hidden_dim") : *width}}, x));
}

Json siglip(const Config& c) {
  FunctionalForm f(c);
  const HubEncoders encoders = hub_encoders_of(f, c);
  return hub_fit_model(
      f, encoders, f.add("keras_hub>part>SigLIPHead", "siglip_head", {}, encoders.image, {{"text_embedding", encoders.text}}));
}

std::function<std::vector<WeightName>(const Config&)> siglip_weights(std::vector<WeightName> names) {
  return [all = std::move(names)](const Config&) { return all; };
}

LayerDef weighted_part(LayerDef part, std::vector<WeightName> names) {
  part.weights = siglip_weights(std::move(names));
  return part;
}

}  // namespace

std::vector<LayerDef> hub_siglip_layers() {
  const std::vector<WeightName> ids{{.name = "position_ids", .trainable = false}};
  const std::set<std::string> vision{"patch_size",         "hidden_dim",       "num_layers",
                                     "num_heads",          "intermediate_dim", "intermediate_activation",
                                     "layer_norm_epsilon", "image_shape"};
  const std::set<std::string> texts{
      "vocabulary_size",  "embedding_dim",           "hidden_dim",         "num_layers",          "num_heads",
      "intermediate_dim", "intermediate_activation", "layer_norm_epsilon", "max_sequence_length", "projection_dim"};
  return {
      weighted_part(hub_part_layer("SigLIPVisionEmbedding", {"hidden_dim", "patch_size", "image_size"}, siglip_patch_parts,
                                   lower_siglip_patches),
                    ids),
      weighted_part(hub_part_layer("SigLIPTextEmbedding", {"vocabulary_size", "sequence_length", "embedding_dim"},
                                   siglip_token_parts, lower_siglip_tokens),
                    ids),
      hub_part_layer("SigLIPMLP", {"hidden_dim", "intermediate_dim", "activation"}, siglip_mlp_parts, lower_siglip_mlp),
      hub_part_layer("SigLIPEncoderLayer",
                     {"hidden_dim", "num_heads", "intermediate_dim", "intermediate_activation", "layer_norm_epsilon"},
                     siglip_layer_parts, lower_siglip_layer),
      weighted_part(hub_part_layer("SigLIPMultiHeadAttentionPooling",
                                   {"hidden_dim", "num_heads", "intermediate_dim", "activation", "layer_norm_epsilon"},
                                   siglip_pooling_parts, lower_siglip_pooling),
                    {{.name = "probe"}}),
      weighted_part(hub_part_layer("SigLIPHead", {}, {}, lower_siglip_head), {{.name = "logit_scale"}, {.name = "logit_bias"}}),
      hub_model({"SigLIPVisionEncoder"}, vision, siglip_vision),
      hub_model({"SigLIPTextEncoder"}, texts, siglip_text),
      hub_model({"SigLIPBackbone"}, {"vision_encoder", "text_encoder"}, siglip)};
}

}  // namespace keraunos::loader
