// What the families of recipes are written with.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

/// A layer of these examples ("keras_io/captcha_ocr"). A file's config has to hold all of its keys but `optional`.
LayerDef recipe_layer(std::vector<std::string> examples, LayerDef def, const std::set<std::string>& optional = {});

/// MultiHeadAttention whose heads are as wide as the embedding, and LayerNormalization, as an attribute of `owner`.
ChildName recipe_attention(const Config& owner, const std::string& attribute);
/// Dense(hidden, activation) and Dense(units) in a Sequential.
ChildName recipe_dense_pair(const Config& owner, const std::string& attribute, files::Json hidden, files::Json units,
                            const char* activation);
ChildName recipe_dense(const Config& owner, const std::string& attribute, files::Json units);
ChildName recipe_embedding(const Config& owner, const std::string& attribute, files::Json ids, files::Json width);

/// The rows of an Embedding for 0, 1, … up to `count`, (count, width).
Value recipe_positions(Lowering& l, std::string_view embedding, int64_t count);
/// Booleans (T, T): step t sees steps up to t.
Value recipe_causal_mask(Lowering& l, int64_t steps);
/// x (batch, height, width, channels) as (batch, rows · columns, size · size · channels); what is left at the ends is cut off.
Value recipe_patches(Lowering& l, Value image, int64_t height, int64_t width);
/// x as the layer's dtype, refused where it is not of this rank.
Value recipe_input(Lowering& l, const Traced& x, int rank);

// The families, a file each.
std::vector<LayerDef> text_recipes();
std::vector<LayerDef> translation_recipes();
std::vector<LayerDef> patch_recipes();
std::vector<LayerDef> swin_recipes();
std::vector<LayerDef> plain_recipes();
std::vector<LayerDef> vit_keras_recipes();

}  // namespace keraunos::loader
