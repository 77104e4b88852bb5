#include "loader/recipes/recipe_layer.h"

#include "loader/layers/common/arguments.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

using files::Json;

LayerDef recipe_layer(std::vector<std::string> examples, LayerDef def, const std::set<std::string>& optional) {
  LayerTraits traits = def.traits == nullptr ? LayerTraits{} : *def.traits;
  traits.recipes = std::move(examples);
  traits.makes_its_children = true;
  for (const std::string& key : def.keys) {
    if (!optional.contains(key)) traits.required_keys.insert(key);
  }
  def.traits = std::make_shared<const LayerTraits>(std::move(traits));
  return def;
}

ChildName recipe_attention(const Config& owner, const std::string& attribute) {
  return hub_part(owner, "MultiHeadAttention", attribute,
                  {{"num_heads", value_of(owner, "num_heads")}, {"key_dim", value_of(owner, "embed_dim")}});
}

ChildName recipe_dense_pair(const Config& owner, const std::string& attribute, Json hidden, Json units, const char* activation) {
  const Json first = layer_object(owner, "Dense", {{"name", "dense"}, {"units", std::move(hidden)}, {"activation", activation}});
  const Json second = layer_object(owner, "Dense", {{"name", "dense_1"}, {"units", std::move(units)}});
  return {.attribute = attribute,
          .aliases = {},
          .config = std::make_shared<const Json>(hub_sequential(attribute, json_list({first, second})))};
}

ChildName recipe_dense(const Config& owner, const std::string& attribute, Json units) {
  return hub_part(owner, "Dense", attribute, {{"units", std::move(units)}});
}

ChildName recipe_embedding(const Config& owner, const std::string& attribute, Json ids, Json width) {
  return hub_part(owner, "Embedding", attribute, {{"input_dim", std::move(ids)}, {"output_dim", std::move(width)}});
}

Value recipe_positions(Lowering& l, std::string_view embedding, int64_t count) {
  const Config child = l.child_config(embedding);
  const int64_t rows = child.integer("input_dim", Range{1}), width = child.integer("output_dim", Range{1});
  if (count > rows) l.refuse("has positions for " + std::to_string(rows) + " steps, found " + std::to_string(count) + " steps");
  return l.slice_axis(l.child_weight(embedding, "embeddings", {{rows}, {width}}), 0, 0, count);
}

Value recipe_patches(Lowering& l, Value image, int64_t height, int64_t width) {
  const int64_t rows = l.dim(image, 1).size / height, columns = l.dim(image, 2).size / width;
  if (rows < 1 || columns < 1) l.refuse("needs an image as large as a patch, found " + l.dims(image).to_string());
  const Dim batch = l.dim(image, 0), channels = l.dim(image, 3);
  Value x = l.slice_axis(l.slice_axis(image, 1, 0, rows * height), 2, 0, columns * width);
  x = l.reshape(x, {batch, {rows}, {height}, {columns}, {width}, channels});
  const int order[] = {0, 1, 3, 2, 4, 5};
  return l.reshape(l.transpose(x, order), {batch, {rows * columns}, {height * width * channels.size}});
}

Value recipe_input(Lowering& l, const Traced& x, int rank) {
  if (l.rank(x.value) != rank)
    l.refuse("needs an input of rank " + std::to_string(rank) + ", found " + l.dims(x.value).to_string());
  return as_computed(l, x.value);
}

}  // namespace keraunos::loader
