// CLIP of KerasHub: an encoder of images, an encoder of texts, and the similarity of each text to each image.
#include "loader/layers/extensions/keras_hub/hub_clip.h"

#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/places.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_clip_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

const std::set<std::string> kKeysOfClip{
    "hidden_dim", "num_layers", "num_heads", "intermediate_dim", "intermediate_activation", "intermediate_output_index"};

// The class vector is the first row, then the patches. Positions are gathered by ids from the file.
std::vector<Traced> lower_clip_embedding(Lowering& l) {
  const Value patches = hub_patch_rows(l);
  const Dim rows = l.dim(patches, 0), width = l.dim(patches, 2), places{l.dim(patches, 1).size + 1};
  const Value token = l.broadcast_to(l.reshape(l.weight("class_embedding", {width}), {{1}, {1}, width}), {rows, {1}, width});
  const Value parts[] = {token, patches};
  return {{l.add(l.concatenate(parts, 1), hub_saved_positions(l, places, width)), {}}};
}

std::vector<ChildName> clip_embedding_parts(const Config& c) {
  const Json width = value_of(c, "hidden_dim"), patch = value_of(c, "patch_size");
  return {hub_part(c, "Conv2D", "patch_embedding",
                   {{"filters", width}, {"kernel_size", patch}, {"strides", patch}, {"use_bias", false}}),
          hub_part(c, "Embedding", "position_embedding", {{"output_dim", width}})};
}

std::vector<ChildName> clip_layer_parts(const Config& c) {
  const int64_t width = c.integer("hidden_dim", Range{1}), heads = c.integer("num_heads", Range{1});
  return {
      hub_layer_norm(c, "layer_norm_1", 1e-5),
      hub_part(c, "MultiHeadAttention", "attention", {{"num_heads", heads}, {"key_dim", std::max<int64_t>(width / heads, 1)}}),
      hub_layer_norm(c, "layer_norm_2", 1e-5), hub_part(c, "Dense", "dense_1", {{"units", value_of(c, "intermediate_dim")}}),
      hub_part(c, "Dense", "dense_2", {{"units", width}})};
}

std::vector<Traced> lower_clip_layer(Lowering& l) {
  const Config& c = l.config();
  const Value in = as_computed(l, l.input().value), normed = call_part(l, "layer_norm_1", in);
  Arg::Members keywords{{"use_causal_mask", Arg{c.flag("use_causal_mask", true)}}};
  const Arg whole = tensor_argument(normed);
  const Value x = l.add(in, l.call_child("attention", {whole, whole, whole}, std::move(keywords))[0].value);
  Value y = call_part(l, "dense_1", call_part(l, "layer_norm_2", x));
  const Json* name = c.find("intermediate_activation");
  const bool is_quick = name == nullptr || *name == Json("quick_gelu");
  y = is_quick ? l.multiply(y, l.unary(Function::sigmoid, l.multiply(y, 1.702))) : l.activated(y, "intermediate_activation");
  return {{l.add(x, call_part(l, "dense_2", y)), {}}};
}

std::vector<Traced> lower_first_token(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  if (l.rank(x) != 3) l.refuse("needs an input of shape (batch, steps, features), found " + l.dims(x).to_string());
  return {{l.squeeze(l.slice_axis(x, 1, 0, 1), 1), {}}};
}

// The step with the first maximal id, which marks the end of a text.
std::vector<Traced> lower_last_token(Lowering& l) {
  const Value x = as_computed(l, first_input(l).value), ids = tensor_argument_of(l, 1, "token_ids").value;
  if (!ids) l.refuse("is called without token_ids");
  const Shape shape = l.shape(ids);
  if (shape.size() != 2) l.refuse("needs ids of shape (batch, steps), found " + l.dims(ids).to_string());
  const Value first = first_place_of(l, ids, 1, true, true), numbers = numbers_up_to(l, shape[1].size, 1, 2);
  const Value here = l.cast(l.binary(Function::equal, numbers, first), l.dtype(x));
  return {{l.squeeze(l.matmul(l.expand_dims(here, 1), x), 1), {}}};
}

std::vector<Traced> lower_clip_head(Lowering& l) {
  const Value of_texts = l.multiply(hub_fits(l), l.unary(Function::exp, l.weight("logit_scale", {})));
  const int order[] = {1, 0};
  return {{l.transpose(of_texts, order), {}}, {of_texts, {}}};
}

Json clip_encoded(FunctionalForm& f, const Config& c, const Json& inputs, FormTensor x, bool causal, double epsilon) {
  const int64_t count = hub_count(c, "num_layers");
  const bool shows_inner = c.has("intermediate_output_index");
  int64_t shown = shows_inner ? c.integer("intermediate_output_index", Range{-count, count - 1}) : 0;
  if (shown < 0) shown += count;
  Json inner;
  for (int64_t i = 0; i < count; ++i) {
    x = f.add("keras_hub>part>CLIPEncoderLayer", hub_prefixed(c, hub_numbered("encoder_block", i)),
              {{"hidden_dim", value_of(c, "hidden_dim")},
               {"num_heads", value_of(c, "num_heads")},
               {"intermediate_dim", value_of(c, "intermediate_dim")},
               {"intermediate_activation", value_of(c, "intermediate_activation", "quick_gelu")},
               {"use_causal_mask", causal}},
              x);
    if (i == shown) inner = x;
  }
  x = f.add("LayerNormalization", hub_prefixed(c, "layer_norm"), {{"epsilon", epsilon}}, x);
  if (!shows_inner) return f.config(inputs, x);
  return f.config(inputs, Json::object({{"sequence_output", x}, {"intermediate_output", inner}}));
}

Json clip_vision(const Config& c) {
  ImageForm f(c);
  const FormTensor image = f.image(c, "images");
  FormTensor x = f.add(
      "keras_hub>part>CLIPVisionEmbedding", hub_prefixed(c, "embedding"),
      {{"hidden_dim", value_of(c, "hidden_dim")}, {"patch_size", value_of(c, "patch_size")}, {"image_size", hub_square_side(c)}},
      image);
  x = f.add("LayerNormalization", hub_prefixed(c, "pre_layer_norm"), {{"epsilon", 1e-5}}, x);
  return clip_encoded(f, c, Json::object({{"images", image}}), x, false, 1e-5);
}

Json clip_text(const Config& c) {
  FunctionalForm f(c);
  const Json inputs = text_inputs(f, {"token_ids"});
  const FormTensor x = f.add("keras_hub>TokenAndPositionEmbedding", hub_prefixed(c, "embedding"),
                             {{"vocabulary_size", value_of(c, "vocabulary_size")},
                              {"sequence_length", value_of(c, "max_sequence_length", 77)},
                              {"embedding_dim", value_of(c, "embedding_dim")}},
                             inputs["token_ids"]);
  return clip_encoded(f, c, inputs, x, true, 1e-6);
}

FormTensor projected_of_clip(FunctionalForm& f, const Config& c, const char* name, const FormTensor& x) {
  return f.add("Dense", name, {{"units", value_of(c, "projection_dim")}, {"use_bias", false}}, x);
}

Json clip(const Config& c) {
  FunctionalForm f(c);
  const HubEncoders encoders = hub_encoders_of(f, c);
  const FormTensor seen = f.add("keras_hub>part>CLIPVisionPooler", "vision_pooler", {}, encoders.image);
  const FormTensor read =
      f.add("keras_hub>part>CLIPTextPooler", "text_pooler", {}, encoders.text, {{"token_ids", encoders.token_ids}});
  const FormTensor image = projected_of_clip(f, c, "vision_projection", seen);
  const FormTensor text = projected_of_clip(f, c, "text_projection", read);
  return hub_fit_model(f, encoders, f.add("keras_hub>part>CLIPHead", "clip_head", {}, image, {{"text_embedding", text}}));
}

std::set<std::string> keys_of_clip(std::initializer_list<const char*> more) {
  std::set<std::string> keys = kKeysOfClip;
  keys.insert(more.begin(), more.end());
  return keys;
}

}  // namespace

Value hub_unit_rows(Lowering& l, Value x) {
  const int last[] = {1};
  return l.divide(x, l.unary(Function::sqrt, l.reduce(Reduction::sum, l.unary(Function::square, x), last, true)));
}

Value hub_fits(Lowering& l) {
  const Value image = as_computed(l, first_input(l).value), text = tensor_argument_of(l, 1, "text_embedding").value;
  if (!text) l.refuse("is called without a text_embedding");
  return l.matmul(hub_unit_rows(l, as_computed(l, text)), hub_unit_rows(l, image), false, true);
}

std::string hub_prefixed(const Config& encoder, const std::string& name) {
  const std::string own = encoder.text("name", "");
  return own.empty() ? name : own + '_' + name;
}

int64_t hub_square_side(const Config& encoder) {
  const Json* shape = encoder.find("image_shape");
  const bool square = shape != nullptr && shape->is_array() && shape->size() == 3 && shape->at(0) == shape->at(1);
  if (!square || !shape->at(0).is_int())
    encoder.fail("image_shape", "height, width and channels, with one number for both sides");
  return shape->at(0).as_int();
}

Value hub_patch_rows(Lowering& l) {
  const Value x = call_part(l, "patch_embedding", l.input().value);
  const int64_t side = l.config().integer("image_size", Range{1, 1 << 20}) / l.config().integer("patch_size", Range{1});
  const Dim count{l.dim(x, 1).size * l.dim(x, 2).size};
  if (count.size != side * side)
    l.refuse("has positions for " + std::to_string(side * side) + " patches, found " + std::to_string(count.size));
  return l.reshape(x, {l.dim(x, 0), count, l.dim(x, 3)});
}

Value hub_saved_positions(Lowering& l, Dim places, Dim width) {
  const Value table = l.child_weight("position_embedding", "embeddings", {places, width});
  return l.gather(table, l.weight("position_ids", {{1}, places}, false));
}

HubEncoders hub_encoders_of(FunctionalForm& f, const Config& model) {
  HubEncoders encoders;
  Json images, texts;
  encoders.image = f.inner(value_of(model, "vision_encoder"), images);
  encoders.text = f.inner(value_of(model, "text_encoder"), texts);
  const Json *image = images.find("images"), *ids = texts.find("token_ids");
  if (image == nullptr || ids == nullptr) model.fail("vision_encoder", "an encoder of images beside one of texts");
  encoders.images = *image, encoders.token_ids = *ids;
  return encoders;
}

Json hub_fit_model(const FunctionalForm& f, const HubEncoders& encoders, const FormTensor& fits) {
  return f.config(Json::object({{"images", encoders.images}, {"token_ids", encoders.token_ids}}),
                  Json::object({{"vision_logits", fits}, {"text_logits", FunctionalForm::result(fits, 1)}}));
}

std::vector<LayerDef> hub_clip_layers() {
  LayerDef embedding = hub_part_layer("CLIPVisionEmbedding", {"hidden_dim", "patch_size", "image_size"}, clip_embedding_parts,
                                      lower_clip_embedding);
  embedding.weights = [](const Config&) {
    return std::vector<WeightName>{{.name = "class_embedding"}, {.name = "position_ids", .trainable = false}};
  };
  LayerDef head = hub_part_layer("CLIPHead", {}, {}, lower_clip_head);
  head.weights = [](const Config&) { return std::vector<WeightName>{{.name = "logit_scale"}}; };
  return {std::move(embedding),
          hub_part_layer("CLIPEncoderLayer",
                         {"hidden_dim", "num_heads", "intermediate_dim", "intermediate_activation", "use_causal_mask"},
                         clip_layer_parts, lower_clip_layer),
          hub_part_layer("CLIPVisionPooler", {}, {}, lower_first_token),
          hub_part_layer("CLIPTextPooler", {}, {}, lower_last_token),
          std::move(head),
          hub_model({"CLIPVisionEncoder"}, keys_of_clip({"patch_size", "image_shape"}), clip_vision),
          hub_model({"CLIPTextEncoder"}, keys_of_clip({"vocabulary_size", "embedding_dim", "max_sequence_length"}), clip_text),
          hub_model({"CLIPBackbone"}, {"vision_encoder", "text_encoder", "projection_dim"}, clip)};
}

}  // namespace keraunos::loader
