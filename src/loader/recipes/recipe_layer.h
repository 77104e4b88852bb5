// Functions that the families of recipes share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

/// Marks a layer as one of these examples ("keras_io/captcha_ocr"). The config in a file must contain all of its keys except
/// `optional`.
LayerDef recipe_layer(std::vector<std::string> examples, LayerDef def, const std::set<std::string>& optional = {});

/// A MultiHeadAttention in an attribute of `owner`; each of its heads is as wide as the embedding.
ChildName recipe_attention(const Config& owner, const std::string& attribute);
/// A Sequential of Dense(hidden, activation) and Dense(units).
ChildName recipe_dense_pair(const Config& owner, const std::string& attribute, files::Json hidden, files::Json units,
                            const char* activation);
ChildName recipe_dense(const Config& owner, const std::string& attribute, files::Json units);
ChildName recipe_embedding(const Config& owner, const std::string& attribute, files::Json ids, files::Json width);

/// The rows of an Embedding for the ids 0 to count − 1: (count, width). Refused if the table has fewer rows.
Value recipe_positions(Lowering& l, std::string_view embedding, int64_t count);
/// Splits (batch, height, width, channels) into (batch, rows · columns, size · size · channels); incomplete patches at the ends
/// are dropped.
Value recipe_patches(Lowering& l, Value image, int64_t height, int64_t width);
/// The input in the layer's dtype; refused if it has another rank.
Value recipe_input(Lowering& l, const Traced& x, int rank);

// The families; each is defined in a file of its name.
std::vector<LayerDef> text_recipes();
std::vector<LayerDef> translation_recipes();
std::vector<LayerDef> patch_recipes();
std::vector<LayerDef> swin_recipes();
std::vector<LayerDef> plain_recipes();
std::vector<LayerDef> vit_keras_recipes();

}  // namespace keraunos::loader
