// Code shared by KerasHub's text encoders.
#pragma once

#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

/// The normalised sum of tokens, positions and segments of `width` features. Inputs: token_ids and segment_ids.
FunctionalForm::Tensor hub_embedded_sum(FunctionalForm& form, const Config& config, const files::Json& inputs,
                                        const files::Json& embedding, const files::Json& width, int64_t segments = 2);
FunctionalForm::Tensor hub_embedded_norm(FunctionalForm& form, FunctionalForm::Tensor x, double epsilon);
FunctionalForm::Tensor hub_dropped(FunctionalForm& form, const Config& config, FunctionalForm::Tensor x, double rate);

/// A TransformerEncoder with num_heads and intermediate_dim.
Members hub_encoder_block(const Config& config, const char* activation, double epsilon, double dropout = 0.1);
/// Applies num_layers of them: "transformer_layer_0", …
FunctionalForm::Tensor hub_encoded(FunctionalForm& form, const Config& config, FunctionalForm::Tensor x,
                                   const files::Json& inputs, const char* activation, double epsilon);

/// {"sequence_output": x, "pooled_output": its first step through a Dense of hidden_dim}.
files::Json hub_pooled_outputs(FunctionalForm& form, const Config& config, const files::Json& inputs,
                               const FunctionalForm::Tensor& x);

}  // namespace keraunos::loader
