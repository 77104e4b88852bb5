// The parameters of each layer's call() in Keras besides its inputs.
#pragma once

#include <span>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The parameters of call() after the first, in the order of positional arguments. Every layer accepts `training` by name, listed
/// here or not, because Keras passes it to the layers inside.
std::span<const std::string_view> call_parameters(std::string_view class_name, const Dialect& dialect);

/// The same for a model that is called as a layer.
std::span<const std::string_view> model_call_parameters();

}  // namespace keraunos::loader
