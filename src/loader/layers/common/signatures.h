// What Keras's call() of each layer takes besides its inputs.
#pragma once

#include <span>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The parameters of call() behind the first, in the order of positional arguments. Every layer takes `training` by name, stated
/// here or not: Keras hands it to the layers inside.
std::span<const std::string_view> call_parameters(std::string_view class_name, const Dialect& dialect);

/// The same of a model that is called as a layer.
std::span<const std::string_view> model_call_parameters();

}  // namespace keraunos::loader
