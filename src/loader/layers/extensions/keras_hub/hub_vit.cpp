// ViT of KerasHub.
#include <algorithm>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_vit_layers();

namespace {

using files::Json;

// Patches as steps, after a class token, plus positions.
std::vector<Traced> lower_patches(Lowering& l) {
  const Value patches = call_part(l, "patch_embedding", l.input().value);
  const Dim rows = l.dim(patches, 0), width = l.dim(patches, 3);
  Value x = l.reshape(patches, {rows, Dim{l.dim(patches, 1).size * l.dim(patches, 2).size}, width});
  if (l.config().flag("use_class_token", true)) {
    const Value token = l.broadcast_to(l.weight("class_token", {Dim{1}, Dim{1}, width}), {rows, Dim{1}, width});
    const Value both[] = {token, x};
    x = l.concatenate(both, 1);
  }
  return {{l.add(x, l.child_weight("position_embedding", "embeddings", {l.dim(x, 1), width})), {}}};
}

std::vector<ChildName> patch_parts(const Config& c) {
  return {hub_part(c, "Conv2D", "patch_embedding",
                   {{"filters", value_of(c, "hidden_dim")},
                    {"kernel_size", value_of(c, "patch_size")},
                    {"strides", value_of(c, "patch_size")},
                    {"padding", "valid"},
                    {"use_bias", value_of(c, "use_patch_bias", true)}}),
          hub_part(c, "Embedding", "position_embedding", {{"output_dim", value_of(c, "hidden_dim")}})};
}

std::vector<Traced> lower_vit_mlp(Lowering& l) {
  return {{call_part(l, "dense_2", call_part(l, "dense_1", l.input().value)), {}}};
}

std::vector<ChildName> vit_mlp_parts(const Config& c) {
  const Json bias = value_of(c, "use_bias", true);
  return {hub_part(c, "Dense", "dense_1", {{"units", value_of(c, "mlp_dim")}, {"use_bias", bias}, {"activation", "gelu"}}),
          hub_part(c, "Dense", "dense_2", {{"units", value_of(c, "hidden_dim")}, {"use_bias", bias}})};
}

std::vector<Traced> lower_vit_block(Lowering& l) {
  if (l.config().number("dropout_rate", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value in = as_computed(l, l.input().value);
  const Value normed = call_part(l, "layer_norm_1", in);
  const Value x = l.add(l.call_child("mha", {tensor_argument(normed), tensor_argument(normed)})[0].value, in);
  return {{l.add(x, call_part(l, "mlp", call_part(l, "layer_norm_2", x))), {}}};
}

ChildName vit_norm(const Config& c, const std::string& attribute, const char* name) {
  return hub_part(c, "LayerNormalization", attribute, {{"name", name}, {"epsilon", value_of(c, "layer_norm_epsilon", 1e-6)}});
}

std::vector<ChildName> vit_block_parts(const Config& c) {
  const int64_t heads = c.integer("num_heads", Range{1}), width = c.integer("hidden_dim", Range{1});
  return {
      vit_norm(c, "layer_norm_1", "ln_1"),
      hub_part(c, "MultiHeadAttention", "mha",
               {{"num_heads", heads},
                {"key_dim", std::max<int64_t>(width / heads, 1)},
                {"use_bias", value_of(c, "use_mha_bias", true)},
                {"dropout", value_of(c, "attention_dropout", 0)}}),
      vit_norm(c, "layer_norm_2", "ln_2"),
      hub_part(c, "keras_hub>part>MLP", "mlp",
               {{"hidden_dim", width}, {"mlp_dim", value_of(c, "mlp_dim")}, {"use_bias", value_of(c, "use_mlp_bias", true)}})};
}

constexpr const char* kEncoderKeysOfViT[] = {"num_heads",         "hidden_dim",         "mlp_dim",      "dropout_rate",
                                             "attention_dropout", "layer_norm_epsilon", "use_mha_bias", "use_mlp_bias"};

Members encoder_config(const Config& c) {
  Members config;
  for (const char* key : kEncoderKeysOfViT) {
    if (c.has(key)) config.emplace_back(key, value_of(c, key));
  }
  return config;
}

std::set<std::string> encoder_keys_of_vit(std::initializer_list<const char*> more) {
  std::set<std::string> keys(std::begin(kEncoderKeysOfViT), std::end(kEncoderKeysOfViT));
  keys.insert(more.begin(), more.end());
  return keys;
}

std::vector<ChildName> vit_encoder_parts(const Config& c) {
  std::vector<ChildName> parts;
  for (int64_t i = 0; i < hub_count(c, "num_layers"); ++i) {
    Members config = encoder_config(c);
    config.emplace_back("name", hub_numbered("transformer_block", i + 1));
    parts.push_back(hub_part(c, "keras_hub>part>ViTEncoderBlock", "encoder_layers/" + std::to_string(i), std::move(config)));
  }
  parts.push_back(vit_norm(c, "layer_norm", "ln"));
  return parts;
}

std::vector<Traced> lower_vit_encoder(Lowering& l) {
  if (l.config().number("dropout_rate", 0, RealRange{0, 1}) > 0) refuse_training(l);
  Value x = as_computed(l, l.input().value);
  for (int64_t i = 0; i < hub_count(l.config(), "num_layers"); ++i) x = call_part(l, "encoder_layers/" + std::to_string(i), x);
  return {{call_part(l, "layer_norm", x), {}}};
}

Json vit(const Config& c) {
  ImageForm f(c);
  const FunctionalForm::Tensor image = f.image(c, "images");
  FunctionalForm::Tensor x = f.add("keras_hub>part>ViTPatchingAndEmbedding", "vit_patching_and_embedding",
                                   {{"patch_size", value_of(c, "patch_size")},
                                    {"hidden_dim", value_of(c, "hidden_dim")},
                                    {"use_class_token", value_of(c, "use_class_token", true)},
                                    {"use_patch_bias", value_of(c, "use_patch_bias", true)}},
                                   image);
  Members config = encoder_config(c);
  config.emplace_back("num_layers", value_of(c, "num_layers"));
  return f.config(image, f.add("keras_hub>part>ViTEncoder", "vit_encoder", std::move(config), x));
}

}  // namespace

std::vector<LayerDef> hub_vit_layers() {
  return {{.classes = {"keras_hub>part>ViTPatchingAndEmbedding"},
           .keys = {"patch_size", "hidden_dim", "use_class_token", "use_patch_bias"},
           .weights =
               [](const Config& c) {
                 return c.flag("use_class_token", true) ? std::vector<WeightName>{{.name = "class_token"}}
                                                        : std::vector<WeightName>{};
               },
           .children = patch_parts,
           .lower = lower_patches},
          {.classes = {"keras_hub>part>MLP"},
           .keys = {"hidden_dim", "mlp_dim", "use_bias"},
           .weights = {},
           .children = vit_mlp_parts,
           .lower = lower_vit_mlp},
          {.classes = {"keras_hub>part>ViTEncoderBlock"},
           .keys = encoder_keys_of_vit({}),
           .weights = {},
           .children = vit_block_parts,
           .lower = lower_vit_block},
          {.classes = {"keras_hub>part>ViTEncoder"},
           .keys = encoder_keys_of_vit({"num_layers"}),
           .weights = {},
           .children = vit_encoder_parts,
           .lower = lower_vit_encoder},
          hub_model({"ViTBackbone"},
                    encoder_keys_of_vit({"image_shape", "patch_size", "num_layers", "use_class_token", "use_patch_bias"}), vit)};
}

}  // namespace keraunos::loader
