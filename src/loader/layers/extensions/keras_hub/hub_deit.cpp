// DeiT of KerasHub: ViT with a second token before the patches.
#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_deit_layers();

namespace {

using files::Json;

std::vector<Traced> lower_deit_patches(Lowering& l) {
  if (l.config().number("dropout_rate", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value patches = call_part(l, "patch_embedding", l.input().value);
  const Dim rows = l.dim(patches, 0), width = l.dim(patches, 3);
  const auto token = [&](const char* name) {
    return l.broadcast_to(l.weight(name, {Dim{1}, Dim{1}, width}), {rows, Dim{1}, width});
  };
  const Value parts[] = {token("class_token"), token("distillation_token"),
                         l.reshape(patches, {rows, Dim{l.dim(patches, 1).size * l.dim(patches, 2).size}, width})};
  const Value x = l.concatenate(parts, 1);
  return {{l.add(x, l.weight("position_embedding", {Dim{1}, l.dim(x, 1), width})), {}}};
}

std::vector<ChildName> deit_patch_parts(const Config& c) {
  return {hub_part(c, "Conv2D", "patch_embedding",
                   {{"filters", value_of(c, "hidden_dim")},
                    {"kernel_size", value_of(c, "patch_size")},
                    {"strides", value_of(c, "patch_size")},
                    {"padding", "valid"}})};
}

std::vector<Traced> lower_deit_dense(Lowering& l) { return {{call_part(l, "dense", l.input().value), {}}}; }

std::vector<Traced> lower_deit_block(Lowering& l) {
  if (l.config().number("dropout_rate", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value in = as_computed(l, l.input().value), normed = call_part(l, "layer_norm_1", in);
  const Value x = l.add(l.call_child("mha", {tensor_argument(normed), tensor_argument(normed)})[0].value, in);
  const Value inner = call_part(l, "mlp", call_part(l, "layer_norm_2", x));
  return {{l.add(call_part(l, "output_layer", inner), x), {}}};
}

ChildName deit_norm(const Config& c, const char* attribute) {
  return hub_part(c, "LayerNormalization", attribute, {{"epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}});
}

std::vector<ChildName> deit_block_parts(const Config& c) {
  const int64_t heads = c.integer("num_heads", Range{1}), width = c.integer("hidden_dim", Range{1});
  const auto dense = [&](const char* name, Json units, const char* activation) {
    return hub_part(c, "keras_hub>part>DeiTDense", name, {{"units", std::move(units)}, {"activation", activation}});
  };
  return {deit_norm(c, "layer_norm_1"),
          hub_part(c, "MultiHeadAttention", "mha",
                   {{"num_heads", heads},
                    {"key_dim", std::max<int64_t>(width / heads, 1)},
                    {"use_bias", value_of(c, "use_mha_bias", true)},
                    {"dropout", value_of(c, "attention_dropout", 0)}}),
          deit_norm(c, "layer_norm_2"), dense("mlp", value_of(c, "intermediate_dim"), "gelu"),
          dense("output_layer", width, "linear")};
}

const std::set<std::string> kDeitKeys{"num_heads",         "hidden_dim",         "intermediate_dim", "dropout_rate",
                                      "attention_dropout", "layer_norm_epsilon", "use_mha_bias"};

std::set<std::string> deit_keys(std::initializer_list<const char*> more) {
  std::set<std::string> keys = kDeitKeys;
  keys.insert(more.begin(), more.end());
  return keys;
}

Members deit_members(const Config& c) {
  Members members;
  for (const std::string& key : kDeitKeys) {
    if (c.has(key)) members.emplace_back(key, value_of(c, key));
  }
  return members;
}

std::vector<ChildName> deit_encoder_parts(const Config& c) {
  std::vector<ChildName> parts;
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i)
    parts.push_back(hub_part(c, "keras_hub>part>DeiTEncoderBlock", "encoder_layers/" + std::to_string(i), deit_members(c)));
  parts.push_back(deit_norm(c, "layer_norm"));
  return parts;
}

std::vector<Traced> lower_deit_encoder(Lowering& l) {
  Value x = as_computed(l, l.input().value);
  for (int64_t i = 0; i < hub_count(l.config(), "num_layers"); ++i) x = call_part(l, "encoder_layers/" + std::to_string(i), x);
  return {{call_part(l, "layer_norm", x), {}}};
}

Json deit(const Config& c) {
  ImageForm f(c);
  const FunctionalForm::Tensor image = f.image(c);
  const FunctionalForm::Tensor x = f.add("keras_hub>part>DeiTEmbeddings", "deit_patching_and_embedding",
                                         {{"patch_size", value_of(c, "patch_size")},
                                          {"hidden_dim", value_of(c, "hidden_dim")},
                                          {"dropout_rate", value_of(c, "dropout_rate", 0)}},
                                         image);
  Members encoder = deit_members(c);
  encoder.emplace_back("num_layers", value_of(c, "num_layers"));
  return f.config(image, f.add("keras_hub>part>DeiTEncoder", "deit_encoder", std::move(encoder), x));
}

}  // namespace

std::vector<LayerDef> hub_deit_layers() {
  LayerDef patches =
      hub_part_layer("DeiTEmbeddings", {"patch_size", "hidden_dim", "dropout_rate"}, deit_patch_parts, lower_deit_patches);
  patches.weights = [](const Config&) {
    return std::vector<WeightName>{{.name = "class_token"}, {.name = "distillation_token"}, {.name = "position_embedding"}};
  };
  const auto dense = [](const Config& c) {
    return std::vector<ChildName>{
        hub_part(c, "Dense", "dense", {{"units", value_of(c, "units")}, {"activation", value_of(c, "activation")}})};
  };
  return {std::move(patches), hub_part_layer("DeiTDense", {"units", "activation"}, dense, lower_deit_dense),
          hub_part_layer("DeiTEncoderBlock", deit_keys({}), deit_block_parts, lower_deit_block),
          hub_part_layer("DeiTEncoder", deit_keys({"num_layers"}), deit_encoder_parts, lower_deit_encoder),
          hub_model({"DeiTBackbone"}, deit_keys({"image_shape", "patch_size", "num_layers"}), deit)};
}

}  // namespace keraunos::loader
