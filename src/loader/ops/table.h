// Operations that files store as separate nodes: keras.ops (Keras 3) and TensorFlow functions (Keras 2's TFOpLambda). Both names
// lead to the same bodies; each is a LayerDef, so that the reader treats their calls like all others.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

struct Operation;
struct CallArguments;

/// The operation with a class name in a module ("keras.src.ops.numpy", "Add"), or the layer that wraps a function ("TFOpLambda");
/// nullptr when there is none.
/// nullptr when there is none.
const LayerDef* find_operation(std::string_view module, std::string_view class_name);

/// TensorFlow's function of that name without "tf." ("math.reduce_mean"); nullptr when there is none.
const Operation* find_function(std::string_view name);

/// The operation of keras.ops with that class name ("Mean"); nullptr when there is none.
const Operation* find_keras_operation(std::string_view class_name);

/// The results of a call of an operation, with the name `name` in messages; `given` as in OperationCall. Arguments that the body
/// does not read are refused.
std::vector<Traced> lower_call(Lowering& l, const Operation& operation, std::string name, const CallArguments* given = nullptr);

}  // namespace keraunos::loader
