// Functions that CLIP and SigLIP of KerasHub share: encoders of images and of texts, and the similarity of their results.
#pragma once

#include <string>

#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

/// Normalises rows (batch, features) to length 1.
Value hub_unit_rows(Lowering& l, Value x);
/// The products of the normalised rows of texts and images, (texts, images).
Value hub_fits(Lowering& l);
/// The name of a layer of an encoder; it begins with the encoder's name.
std::string hub_prefixed(const Config& encoder, const std::string& name);
/// The height of config[image_shape]; refused if the width differs.
int64_t hub_square_side(const Config& encoder);
/// The patches of an image as rows (batch, patches, width); refused if their number does not match the config.
Value hub_patch_rows(Lowering& l);
/// The rows of the Embedding "position_embedding" for the ids that the weight "position_ids" holds, (1, places, width).
Value hub_saved_positions(Lowering& l, Dim places, Dim width);

/// The results of the two encoders of a model's config for its inputs.
struct HubEncoders {
  FunctionalForm::Tensor image{}, text{};
  files::Json images{}, token_ids{};  ///< the inputs
};
HubEncoders hub_encoders_of(FunctionalForm& f, const Config& model);
/// The config of the model of both encoders with the head `fits`.
files::Json hub_fit_model(const FunctionalForm& f, const HubEncoders& encoders, const FunctionalForm::Tensor& fits);

}  // namespace keraunos::loader
