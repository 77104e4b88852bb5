// What CLIP and SigLIP of KerasHub have in common: encoders of images and of texts, and how well their results fit each other.
#pragma once

#include <string>

#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

/// Rows (batch, features) of length one.
Value hub_unit_rows(Lowering& l, Value x);
/// The products of the texts' rows with the images', as (texts, images); both of length one.
Value hub_fits(Lowering& l);
/// The name of an encoder's layer, which begins with the encoder's.
std::string hub_prefixed(const Config& encoder, const std::string& name);
/// Height and width of config[image_shape], which are equal.
int64_t hub_square_side(const Config& encoder);
/// Patches of an image as rows (batch, patches, width); patches that do not fit are refused.
Value hub_patch_rows(Lowering& l);
/// The rows of the Embedding "position_embedding" for the ids that the weight "position_ids" holds, (1, places, width).
Value hub_saved_positions(Lowering& l, Dim places, Dim width);

/// The results of the two encoders in a model's config, called with its inputs.
struct HubEncoders {
  FunctionalForm::Tensor image{}, text{};
  files::Json images{}, token_ids{};  ///< the inputs
};
HubEncoders hub_encoders_of(FunctionalForm& f, const Config& model);
/// The config of a model of both, whose head is `fits`.
files::Json hub_fit_model(const FunctionalForm& f, const HubEncoders& encoders, const FunctionalForm::Tensor& fits);

}  // namespace keraunos::loader
