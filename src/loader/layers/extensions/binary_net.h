// The functions of BinaryNet for Keras.
#pragma once

#include <string_view>

#include "keraunos/builder.h"

namespace keraunos::loader {

/// binary_tanh, ternary_tanh and relu1; an absent value for any other name.
Value binary_net_function(Builder& builder, std::string_view name, Value x);

}  // namespace keraunos::loader
