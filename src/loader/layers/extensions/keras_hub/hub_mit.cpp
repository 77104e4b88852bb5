// MiT of KerasHub: levels of overlapping patches, whose blocks attend to a sequence shortened by a convolution.
#include "loader/layers/extensions/keras_hub/hub_mit.h"

#include <cmath>

#include "loader/layers/common/arguments.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_mit_layers();

namespace {

using files::Json;

std::vector<Traced> lower_overlapping_patches(Lowering& l) {
  const Value y = call_part(l, "proj", call_part(l, "padding", l.input().value));
  const Value steps = l.reshape(y, {l.dim(y, 0), Dim{l.dim(y, 1).size * l.dim(y, 2).size}, l.dim(y, 3)});
  return {{call_part(l, "norm", steps), {}}};
}

std::vector<ChildName> overlapping_patch_parts(const Config& c) {
  const int64_t size = c.integer("patch_size", Range{1, 4096});
  return {hub_part(c, "ZeroPadding2D", "padding", {{"padding", json_list({size / 2, size / 2})}}),
          hub_part(c, "Conv2D", "proj",
                   {{"filters", value_of(c, "project_dim")},
                    {"kernel_size", size},
                    {"strides", value_of(c, "stride")},
                    {"padding", "valid"}}),
          hub_layer_norm(c, "norm", 1e-5)};
}

// Steps (N, T, C) as a square image.
Value as_square(Lowering& l, Value x) {
  const int64_t steps = l.dim(x, 1).size, side = std::llround(std::sqrt(static_cast<double>(steps)));
  if (side * side != steps) l.refuse("needs a square number of steps, found " + std::to_string(steps) + " steps");
  return l.reshape(x, {l.dim(x, 0), Dim{side}, Dim{side}, l.dim(x, 2)});
}

Value as_steps(Lowering& l, Value x) {
  return l.reshape(x, {l.dim(x, 0), Dim{l.dim(x, 1).size * l.dim(x, 2).size}, l.dim(x, 3)});
}

std::vector<Traced> lower_mit_attention(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const int64_t heads = l.config().integer("num_heads", Range{1}), width = l.dim(x, 2).size;
  if (width % heads != 0) l.config().fail("num_heads", "a divisor of the width, " + std::to_string(width));
  Value seen = x;
  if (l.config().integer("sr_ratio", 1, Range{1}) > 1)
    seen = call_part(l, "norm", as_steps(l, call_part(l, "sr", as_square(l, x))));
  const int64_t each = width / heads;
  const auto split = [&](const char* part, Value from) {
    const Value y = call_part(l, part, from);
    return l.reshape(y, {l.dim(y, 0), l.dim(y, 1), Dim{heads}, Dim{each}});
  };
  const AttentionOptions options{.scale = 1 / std::sqrt(static_cast<double>(each))};
  const Value mixed = l.attention(options, {.query = split("q", x), .key = split("k", seen), .value = split("v", seen)})[0];
  return {{call_part(l, "proj", l.reshape(mixed, l.shape(x))), {}}};
}

std::vector<ChildName> mit_attention_parts(const Config& c) {
  const Json width = value_of(c, "project_dim");
  std::vector<ChildName> parts;
  for (const char* name : {"q", "k", "v", "proj"}) parts.push_back(hub_part(c, "Dense", name, {{"units", width}}));
  const int64_t ratio = c.integer("sr_ratio", 1, Range{1, 4096});
  if (ratio == 1) return parts;
  parts.push_back(hub_part(c, "Conv2D", "sr", {{"filters", width}, {"kernel_size", ratio}, {"strides", ratio}}));
  parts.push_back(hub_layer_norm(c, "norm", 1e-5));
  return parts;
}

std::vector<Traced> lower_mix_net(Lowering& l) {
  const Value x = as_square(l, call_part(l, "fc1", as_computed(l, l.input().value)));
  const Value y = as_steps(l, call_part(l, "dwconv", x));
  return {{call_part(l, "fc2", l.unary(Function::gelu_tanh, y)), {}}};
}

std::vector<ChildName> mix_net_parts(const Config& c) {
  const int64_t width = c.integer("project_dim", Range{1, Range::kMostExtent / 4});
  return {hub_part(c, "Dense", "fc1", {{"units", 4 * width}}),
          hub_part(c, "DepthwiseConv2D", "dwconv", {{"kernel_size", 3}, {"strides", 1}, {"padding", "same"}}),
          hub_part(c, "Dense", "fc2", {{"units", width}})};
}

std::vector<Traced> lower_mit_block(Lowering& l) {
  const Value in = as_computed(l, l.input().value);
  const Value x = l.add(in, call_part(l, "attn", call_part(l, "norm1", in)));
  return {{l.add(x, call_part(l, "mlp", call_part(l, "norm2", x))), {}}};
}

std::vector<ChildName> mit_block_parts(const Config& c) {
  const Json width = value_of(c, "project_dim");
  return {hub_layer_norm(c, "norm1", 1e-6),
          hub_part(c, "keras_hub>part>SegFormerMultiheadAttention", "attn",
                   {{"project_dim", width}, {"num_heads", value_of(c, "num_heads")}, {"sr_ratio", value_of(c, "sr_ratio")}}),
          hub_layer_norm(c, "norm2", 1e-6), hub_part(c, "keras_hub>part>MixFFN", "mlp", {{"project_dim", width}})};
}

std::vector<int64_t> mit_sizes(const Config& c, const char* key, size_t levels) {
  std::vector<int64_t> sizes = hub_sizes(c, key);
  if (sizes.size() < levels) c.fail(key, "as many numbers as num_layers");
  return sizes;
}

}  // namespace

std::pair<int64_t, int64_t> mit_extents(const Config& c, int64_t level) {
  const std::vector<int64_t> strides = mit_sizes(c, "layerwise_strides", static_cast<size_t>(level) + 1);
  const Json* shape = c.find("image_shape");
  if (shape == nullptr || !shape->is_array() || shape->size() != 3 || !shape->at(0).is_int() || !shape->at(1).is_int())
    c.fail("image_shape", "height, width and channels, all of them known");
  int64_t height = shape->at(0).as_int(), width = shape->at(1).as_int();
  for (int64_t i = 0; i <= level; ++i) height /= strides[static_cast<size_t>(i)], width /= strides[static_cast<size_t>(i)];
  return {height, width};
}

Json mit_form(const Config& c, bool pyramid) {
  const int64_t levels = c.integer("num_layers", Range{1, 9});
  const auto sizes = [&](const char* key) { return mit_sizes(c, key, static_cast<size_t>(levels)); };
  const std::vector<int64_t> widths = sizes("hidden_dims"), depths = sizes("layerwise_depths"),
                             heads = sizes("layerwise_num_heads");
  const std::vector<int64_t> ratios = sizes("layerwise_sr_ratios"), patches = sizes("layerwise_patch_sizes");
  const std::vector<int64_t> strides = sizes("layerwise_strides");
  ImageForm f(c);
  const FunctionalForm::Tensor image = f.image(c);
  FunctionalForm::Tensor x = image;
  Json outputs = Json::object();
  for (int64_t i = 0; i < levels; ++i) {
    const auto at = static_cast<size_t>(i);
    x = f.add("keras_hub>part>OverlappingPatchingAndEmbedding", hub_numbered("patch_and_embed", i),
              {{"project_dim", widths[at]}, {"patch_size", patches[at]}, {"stride", strides[at]}}, x);
    c.check("layerwise_depths", depths[at], Range{1, 1024});
    for (int64_t k = 0; k < depths[at]; ++k)
      x = f.add("keras_hub>part>HierarchicalTransformerEncoder", hub_numbered(hub_numbered("hierarchical_encoder", i), k),
                {{"project_dim", widths[at]}, {"num_heads", heads[at]}, {"sr_ratio", ratios[at]}}, x);
    x = f.add("LayerNormalization", hub_numbered("layer_normalization", i), {{"epsilon", 1e-5}}, x);
    const auto [height, width] = mit_extents(c, i);
    x = f.add("Reshape", hub_numbered("output_level", i), {{"target_shape", json_list({height, width, -1})}}, x);
    outputs.set("P" + std::to_string(i + 1), x);
  }
  return f.config(image, pyramid ? outputs : x);
}

std::vector<LayerDef> hub_mit_layers() {
  return {hub_part_layer("OverlappingPatchingAndEmbedding", {"project_dim", "patch_size", "stride"}, overlapping_patch_parts,
                         lower_overlapping_patches),
          hub_part_layer("SegFormerMultiheadAttention", {"project_dim", "num_heads", "sr_ratio"}, mit_attention_parts,
                         lower_mit_attention),
          hub_part_layer("MixFFN", {"project_dim"}, mix_net_parts, lower_mix_net),
          hub_part_layer("HierarchicalTransformerEncoder", {"project_dim", "num_heads", "sr_ratio"}, mit_block_parts,
                         lower_mit_block),
          hub_model({"MiTBackbone"},
                    {"layerwise_depths", "hidden_dims", "image_shape", "num_layers", "layerwise_num_heads", "layerwise_sr_ratios",
                     "max_drop_path_rate", "layerwise_patch_sizes", "layerwise_strides"},
                    [](const Config& c) { return mit_form(c, false); })};
}

}  // namespace keraunos::loader
