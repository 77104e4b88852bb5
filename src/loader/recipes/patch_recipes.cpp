// keras.io, image_classification_with_vision_transformer (and the examples that use its classes: object detection, image
// segmentation, knowledge distillation) and cct: these split an image into rows of patches.
#include "loader/layers/common/arguments.h"
#include "loader/layers/layer_traits.h"
#include "loader/recipes/recipe_layer.h"

namespace keraunos::loader {
namespace {

using files::Json;

const char* const kVit = "keras_io/image_classification_with_vision_transformer";
const char* const kDetection = "keras_io/object_detection_using_vision_transformer";
const char* const kCct = "keras_io/cct";

std::vector<Traced> lower_square_patches(Lowering& l) {
  const Value image = recipe_input(l, l.input(), 4);
  const int64_t size = l.config().integer("patch_size", Range{1});
  return {{recipe_patches(l, image, size, size), {}}};
}

std::vector<ChildName> patch_encoder_parts(const Config& c) {
  const Json width = value_of(c, "projection_dim");
  return {recipe_dense(c, "projection", width), recipe_embedding(c, "position_embedding", value_of(c, "num_patches"), width)};
}

std::vector<Traced> lower_patch_encoder(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  const int64_t count = l.config().integer("num_patches", Range{1});
  if (l.dim(x, 1).size != count)
    l.refuse("has num_patches " + std::to_string(count) + ", found " + std::to_string(l.dim(x, 1).size) + " patches");
  return {{l.add(call_part(l, "projection", x), recipe_positions(l, "position_embedding", count)), {}}};
}

std::vector<Traced> lower_dropped_path(Lowering& l) {
  refuse_training(l);
  return {{as_computed(l, l.input().value), {}}};
}

// Convolutions without padding, each followed by padding and pooling.
std::vector<ChildName> tokenizer_parts(const Config& c) {
  const int64_t layers = c.integer("num_conv_layers", Range{1, 32});
  const std::vector<int64_t> channels = hub_sizes(c, "num_output_channels");
  if (static_cast<int64_t>(channels.size()) < layers)
    c.fail("num_output_channels", std::to_string(layers) + " numbers, one for each convolution");
  Json list = Json::array();
  for (int64_t i = 0; i < layers; ++i) {
    const std::string end = i == 0 ? "" : "_" + std::to_string(i);
    list.push_back(layer_object(c, "Conv2D",
                                {{"name", "conv2d" + end},
                                 {"filters", channels[static_cast<size_t>(i)]},
                                 {"kernel_size", value_of(c, "kernel_size")},
                                 {"strides", value_of(c, "stride")},
                                 {"use_bias", false},
                                 {"activation", "relu"}}));
    list.push_back(layer_object(c, "ZeroPadding2D", {{"name", "zero_padding2d" + end}, {"padding", value_of(c, "padding")}}));
    list.push_back(layer_object(c, "MaxPooling2D",
                                {{"name", "max_pooling2d" + end},
                                 {"pool_size", value_of(c, "pooling_kernel_size")},
                                 {"strides", value_of(c, "pooling_stride")},
                                 {"padding", "same"}}));
  }
  return {{.attribute = "conv_model",
           .aliases = {},
           .config = std::make_shared<const Json>(hub_sequential("conv_model", std::move(list)))}};
}

std::vector<Traced> lower_tokenizer(Lowering& l) {
  const Value y = call_part(l, "conv_model", recipe_input(l, l.input(), 4));
  return {{l.reshape(y, {l.dim(y, 0), {l.dim(y, 1).size * l.dim(y, 2).size}, l.dim(y, 3)}), {}}};
}

std::vector<Traced> lower_learnt_positions(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  const Dim length{l.config().integer("sequence_length", Range{1})}, width = l.dim(x, 2);
  const Value all = l.weight("position_embeddings", {length, width});
  const Dim steps = l.dim(x, 1);
  if (steps.size > length.size)
    l.refuse("has positions for " + std::to_string(length.size) + " steps, found " + std::to_string(steps.size) + " steps");
  return {{l.broadcast_to(l.slice_axis(all, 0, 0, steps.size), {l.dim(x, 0), steps, width}), {}}};
}

// The mean of the steps, weighted by the softmax of a Dense with one unit.
std::vector<Traced> lower_sequence_pooling(Lowering& l) {
  const Value x = recipe_input(l, l.input(), 3);
  const Value weights = l.softmax(call_part(l, "attention", x), 1);
  const int order[] = {0, 2, 1};
  return {{l.squeeze(l.matmul(l.transpose(weights, order), x), 1), {}}};
}

}  // namespace

std::vector<LayerDef> patch_recipes() {
  LayerTraits positions;
  positions.variables = {{"position_embeddings", "embeddings"}};
  return {
      recipe_layer({kVit, kDetection}, {.classes = {"Patches"}, .keys = {"patch_size"}, .lower = lower_square_patches}),
      recipe_layer({kVit, kDetection}, {.classes = {"PatchEncoder"},
                                        .keys = {"num_patches", "projection_dim"},
                                        .children = patch_encoder_parts,
                                        .lower = lower_patch_encoder}),
      recipe_layer({kCct},
                   {.classes = {"CCTTokenizer"},
                    .keys = {"kernel_size", "stride", "padding", "pooling_kernel_size", "pooling_stride", "num_conv_layers",
                             "num_output_channels", "positional_emb"},
                    .children = tokenizer_parts,
                    .lower = lower_tokenizer},
                   {"positional_emb"}),
      recipe_layer({kCct}, {.classes = {"StochasticDepth"}, .keys = {"drop_prop"}, .lower = lower_dropped_path}),
      recipe_layer({kCct},
                   {.classes = {"PositionEmbedding"},
                    .keys = {"sequence_length", "initializer"},
                    .weights = [](const Config&) { return std::vector<WeightName>{{.name = "position_embeddings"}}; },
                    .lower = lower_learnt_positions,
                    .traits = std::make_shared<const LayerTraits>(std::move(positions))},
                   {"initializer"}),
      recipe_layer({kCct}, {.classes = {"SequencePooling"},
                            .keys = {},
                            .children = [](const Config& c) { return std::vector<ChildName>{recipe_dense(c, "attention", 1)}; },
                            .lower = lower_sequence_pooling})};
}

}  // namespace keraunos::loader
