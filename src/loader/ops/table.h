// Operations that files hold as nodes of their own: keras.ops (Keras 3) and TensorFlow functions (Keras 2's TFOpLambda). Both
// name the same bodies; each is a LayerDef, so that the reader treats their calls like any other.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

struct Operation;
struct CallArguments;

/// The operation of a class name in a module ("keras.src.ops.numpy", "Add"), or the layer that wraps a function ("TFOpLambda");
/// nullptr when there is none.
const LayerDef* find_operation(std::string_view module, std::string_view class_name);

/// The function of TensorFlow of that name without "tf." ("math.reduce_mean"); nullptr when there is none.
const Operation* find_function(std::string_view name);

/// The operation of keras.ops of that class name ("Mean"); nullptr when there is none.
const Operation* find_keras_operation(std::string_view class_name);

/// The results of a call of an operation, which messages call `name`; `given` as in OperationCall. What the body does not read is
/// refused.
std::vector<Traced> lower_call(Lowering& l, const Operation& operation, std::string name, const CallArguments* given = nullptr);

}  // namespace keraunos::loader
