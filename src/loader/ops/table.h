// Operations that files hold as nodes of their own: keras.ops (Keras 3) and TensorFlow functions (Keras 2's TFOpLambda). Both
// name the same bodies; each is a LayerDef, so that the reader treats their calls like any other.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The operation of a class name in a module ("keras.src.ops.numpy", "Add"), or the layer that wraps a function ("TFOpLambda");
/// nullptr when there is none.
const LayerDef* find_operation(std::string_view module, std::string_view class_name);

}  // namespace keraunos::loader
