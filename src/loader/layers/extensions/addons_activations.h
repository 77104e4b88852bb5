// Activations of TensorFlow Addons 0.23.0, registered as "Addons>gelu".
#pragma once

#include <string_view>

#include "keraunos/builder.h"

namespace keraunos::loader {

/// The activation of that name (without the package) with its defaults; absent where Addons has none of that name.
Value addons_activation(Builder& builder, std::string_view name, Value x);
/// x + (1 − cos(2·f·x)) / (2·f), f a tensor that broadcasts.
Value snake(Builder& builder, Value x, Value frequency);
/// The projection of x onto the simplex along its last axis.
Value simplex_projection(Builder& builder, Value x);

}  // namespace keraunos::loader
