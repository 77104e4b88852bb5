// keras.io, swin_transformers and eanet: self-attention within shifted windows of an image's patches. The first version of the
// example ("drop_rate") drops paths in predict() too.
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipe_layer.h"

namespace keraunos::loader {

std::vector<LayerDef> swin_recipes_layers();

namespace {

using files::Json;

const char* const kSwin = "keras_io/swin_transformers";
const char* const kEanet = "keras_io/eanet";
const char* const kWindows = "keras_io>part>WindowAttention";
const char* const kMlp = "keras_io>part>Mlp";

// Patches are square: the example uses the first number for both sides.
std::vector<Traced> lower_patch_extract(Lowering& l) {
  const Value image = recipe_input(l, l.input(), 4);
  const int64_t size = l.config().integers("patch_size", 2, Range{1})[0];
  if (l.dim(image, 1).size / size != l.dim(image, 2).size / size)
    l.refuse("needs as many rows of patches as columns, found an image of " + l.dims(image).to_string());
  return {{recipe_patches(l, image, size, size), {}}};
}

std::vector<ChildName> patch_embedding_parts(const Config& c) {
  const Json width = value_of(c, "embed_dim");
  return {recipe_dense(c, "proj", width), recipe_embedding(c, "pos_embed", value_of(c, "num_patch"), width)};
}

std::vector<Traced> lower_patch_embedding(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  return {{l.add(call_part(l, "proj", x), recipe_positions(l, "pos_embed", l.config().integer("num_patch", Range{1}))), {}}};
}

// Reshapes rows of patches to (batch, height, width, channels).
Value as_image(Lowering& l, Value x) {
  const std::vector<int64_t> sides = l.config().integers("num_patch", 2, Range{1});
  if (sides[0] * sides[1] != l.dim(x, 1).size)
    l.refuse("has " + std::to_string(sides[0]) + " x " + std::to_string(sides[1]) + " patches, found " +
             std::to_string(l.dim(x, 1).size));
  return l.reshape(x, {l.dim(x, 0), {sides[0]}, {sides[1]}, l.dim(x, 2)});
}

std::vector<ChildName> patch_merging_parts(const Config& c) {
  return {hub_part(c, "Dense", "linear_trans",
                   {{"units", 2 * c.integer("embed_dim", Range{1, Range::kMostExtent / 2})}, {"use_bias", false}})};
}

std::vector<Traced> lower_patch_merging(Lowering& l) {
  const Value x = as_image(l, recipe_input(l, l.input(), 3));
  const int64_t height = l.dim(x, 1).size, width = l.dim(x, 2).size;
  if (height % 2 != 0 || width % 2 != 0) l.refuse("needs an even number of patches in each row and column");
  const auto quarter = [&](int64_t row, int64_t column) {
    return l.slice_axis(l.slice_axis(x, 1, row, height / 2, 2), 2, column, width / 2, 2);
  };
  const Value parts[] = {quarter(0, 0), quarter(1, 0), quarter(0, 1), quarter(1, 1)};
  const Shape rows{l.dim(x, 0), {height / 2 * (width / 2)}, {4 * l.dim(x, 3).size}};
  return {{call_part(l, "linear_trans", l.reshape(l.concatenate(parts, -1), rows)), {}}};
}

std::vector<ChildName> window_parts(const Config& c) {
  const int64_t width = c.integer("dim", Range{1, Range::kMostExtent / 3});
  return {hub_part(c, "Dense", "qkv", {{"units", 3 * width}, {"use_bias", value_of(c, "qkv_bias", true)}}),
          recipe_dense(c, "proj", width)};
}

std::vector<WeightName> window_weights(const Config&) {
  return {{.name = "relative_position_bias_table"}, {.name = "relative_position_index", .trainable = false}};
}

// x (windows, patches, width); the mask (groups, patches, patches) is added to the scores of each group of windows.
std::vector<Traced> lower_windows(Lowering& l) {
  const Config& c = l.config();
  const Traced in = l.input();
  const Value x = recipe_input(l, in, 3), mask = tensor_argument_of(l, 1, "shifted_mask").value;
  const int64_t width = c.integer("dim", Range{1}), heads = c.integer("num_heads", Range{1});
  const std::vector<int64_t> size = c.integers("window_size", 2, Range{1, 1 << 10});
  const Dim patches{size[0] * size[1]};
  if (width % heads != 0) c.fail("num_heads", "a divisor of dim, " + std::to_string(width));
  if (l.dim(x, 1).size != patches.size)
    l.refuse("needs windows of " + std::to_string(patches.size) + " patches, found " + l.dims(x).to_string());
  const Value all = l.reshape(call_part(l, "qkv", x), {l.dim(x, 0), patches, {3}, {heads}, {width / heads}});
  const int apart[] = {0, 3, 1, 4, 2};
  const Value parts = l.transpose(all, apart);  // (windows, heads, patches, size, 3)
  const auto part = [&](int64_t index) { return l.squeeze(l.slice_axis(parts, -1, index, 1), 4); };
  const Value query = l.multiply(part(0), std::sqrt(static_cast<double>(heads) / static_cast<double>(width)));
  Value scores = l.matmul(query, part(1), false, true);
  const Shape table{{(2 * size[0] - 1) * (2 * size[1] - 1)}, {heads}};
  const Value index = l.weight("relative_position_index", {patches, patches}, false);
  const int heads_first[] = {2, 0, 1};
  scores = l.add(scores, l.transpose(l.gather(l.weight("relative_position_bias_table", table), index), heads_first));
  if (mask) {
    const Dim groups = l.dim(mask, 0);
    const Shape grouped{{l.dim(x, 0).size / groups.size}, groups, {heads}, patches, patches};
    const Value added = l.add(l.reshape(scores, grouped), l.expand_dims(as_computed(l, mask), 1));
    scores = l.reshape(added, {l.dim(x, 0), {heads}, patches, patches});
  }
  const int together[] = {0, 2, 1, 3};
  const Value y = l.transpose(l.matmul(l.softmax(scores, -1), part(2)), together);
  return {{call_part(l, "proj", l.reshape(y, {l.dim(x, 0), patches, {width}})), {}}};
}

struct SwinSizes {
  int64_t window, shift;
  explicit SwinSizes(const Config& c)
      : window(c.integer("window_size", 7, Range{1, 1 << 10})), shift(c.integer("shift_size", 0, Range{0, 1 << 10})) {
    const std::vector<int64_t> sides = c.integers("num_patch", 2, Range{1});
    const int64_t least = std::min(sides[0], sides[1]);
    if (least < window) window = least, shift = 0;
    if (shift >= window) c.fail("shift_size", "less than the window, " + std::to_string(window));
    if (sides[0] % window != 0 || sides[1] % window != 0)
      c.fail("num_patch", "multiples of the window, " + std::to_string(window));
  }
};

ChildName swin_mlp(const Config& c, const std::string& attribute, Json hidden, Json width) {
  const Json first = layer_object(c, "Dense", {{"name", "dense"}, {"units", std::move(hidden)}, {"activation", "gelu"}});
  const Json second = layer_object(c, "Dense", {{"name", "dense_1"}, {"units", std::move(width)}});
  return {.attribute = attribute,
          .aliases = {},
          .config = std::make_shared<const Json>(hub_sequential(attribute, json_list({first, second})))};
}

// The attention has the window size of the config, even if there are fewer patches.
std::vector<ChildName> swin_parts(const Config& c, bool first_version) {
  const int64_t window = c.integer("window_size", 7, Range{1, 1 << 10}), width = c.integer("dim", Range{1});
  const Json hidden = value_of(c, "num_mlp", 1024);
  return {hub_layer_norm(c, "norm1", 1e-5),
          hub_part(c, kWindows, "attn",
                   {{"dim", width},
                    {"window_size", json_list({window, window})},
                    {"num_heads", value_of(c, "num_heads")},
                    {"qkv_bias", value_of(c, "qkv_bias", true)}}),
          hub_layer_norm(c, "norm2", 1e-5),
          first_version ? hub_part(c, kMlp, "mlp", {{"hidden", hidden}, {"width", width}}) : swin_mlp(c, "mlp", hidden, width)};
}

std::vector<WeightName> swin_weights(const Config& c) {
  if (SwinSizes(c).shift == 0) return {};
  return {{.name = "attn_mask", .trainable = false}};
}

Value rolled_image(Lowering& l, Value x, int64_t shift) {
  for (const int axis : {1, 2}) {
    const int64_t extent = l.dim(x, axis).size, first = (shift + extent) % extent;
    if (first == 0) continue;
    const Value parts[] = {l.slice_axis(x, axis, first, extent - first), l.slice_axis(x, axis, 0, first)};
    x = l.concatenate(parts, axis);
  }
  return x;
}

Value attended_windows(Lowering& l, Value image, const SwinSizes& sizes) {
  const int64_t window = sizes.window, rows = l.dim(image, 1).size / window, columns = l.dim(image, 2).size / window;
  const Dim batch = l.dim(image, 0), width = l.dim(image, 3), patches{window * window};
  const int between[] = {0, 1, 3, 2, 4, 5};
  const Value apart = l.transpose(l.reshape(image, {batch, {rows}, {window}, {columns}, {window}, width}), between);
  const Value windows = l.reshape(apart, {{batch.size * rows * columns}, patches, width});
  Arg::Members keywords;
  if (sizes.shift > 0)
    keywords.push_back({"shifted_mask", tensor_argument(l.weight("attn_mask", {{rows * columns}, patches, patches}))});
  const Value y = l.call_child("attn", {tensor_argument(windows)}, std::move(keywords))[0].value;
  const Value back = l.transpose(l.reshape(y, {batch, {rows}, {columns}, {window}, {window}, width}), between);
  return l.reshape(back, l.shape(image));
}

std::vector<Traced> lower_swin(Lowering& l) {
  const SwinSizes sizes(l.config());
  if (l.config().number("dropout_rate", 0, RealRange{0, 1}) > 0) refuse_training(l);
  const Value x = recipe_input(l, l.input(), 3);
  Value image = as_image(l, call_part(l, "norm1", x));
  image = rolled_image(l, attended_windows(l, rolled_image(l, image, sizes.shift), sizes), -sizes.shift);
  const Value y = l.add(x, l.reshape(image, l.shape(x)));
  return {{l.add(y, call_part(l, "mlp", call_part(l, "norm2", y))), {}}};
}

std::optional<std::string> draws_in_predict(const Config& c) {
  if (c.number("drop_rate", 0, RealRange{0, 1}) == 0) return std::nullopt;
  return "drops paths at random in predict() too, as Keras runs this version (drop_rate), so there is no one result";
}

LayerDef swin_recipe(const char* rate, bool first_version) {
  LayerTraits traits;
  if (first_version) traits.refusal = draws_in_predict;
  return recipe_layer({kSwin},
                      {.classes = {"SwinTransformer"},
                       .keys = {"dim", "num_patch", "num_heads", "window_size", "shift_size", "num_mlp", "qkv_bias", rate},
                       .weights = swin_weights,
                       .children = [first_version](const Config& c) { return swin_parts(c, first_version); },
                       .lower = lower_swin,
                       .traits = std::make_shared<const LayerTraits>(std::move(traits))},
                      {"window_size", "shift_size", "num_mlp", "qkv_bias"});
}

}  // namespace

std::vector<LayerDef> swin_recipes_layers() {
  return {{.classes = {kWindows},
           .keys = {"dim", "window_size", "num_heads", "qkv_bias"},
           .weights = window_weights,
           .children = window_parts,
           .lower = lower_windows},
          {.classes = {kMlp},
           .keys = {"hidden", "width"},
           .children =
               [](const Config& c) {
                 return std::vector<ChildName>{swin_mlp(c, "net", value_of(c, "hidden"), value_of(c, "width"))};
               },
           .lower =
               [](Lowering& l) {
                 return std::vector<Traced>{{call_part(l, "net", as_computed(l, l.input().value)), {}}};
               }}};
}

std::vector<LayerDef> swin_recipes() {
  return {recipe_layer({kSwin, kEanet}, {.classes = {"PatchExtract"}, .keys = {"patch_size"}, .lower = lower_patch_extract}),
          recipe_layer({kSwin, kEanet}, {.classes = {"PatchEmbedding"},
                                         .keys = {"num_patch", "embed_dim"},
                                         .children = patch_embedding_parts,
                                         .lower = lower_patch_embedding}),
          recipe_layer({kSwin}, {.classes = {"PatchMerging"},
                                 .keys = {"num_patch", "embed_dim"},
                                 .children = patch_merging_parts,
                                 .lower = lower_patch_merging}),
          swin_recipe("dropout_rate", false), swin_recipe("drop_rate", true)};
}

}  // namespace keraunos::loader
