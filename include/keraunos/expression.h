// Functions by their names in Python, for custom layers: those that expression_layer() may call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos {

/// Writes the operations of a call of `name`, as it stands in an expression: "ops.matmul" of keras.ops, "tf.concat", "K.mean".
/// Arguments are tensors, numbers, texts, lists and None; a function of several results gives a list of tensors. A name that is
/// not known, and arguments that the function does not take or cannot compute, are refused (Lowering::refuse).
///
///     const Arg y = call_function(l, "ops.softmax", {{l.input()}}, {{"axis", {int64_t{-1}}}});
KERAUNOS_API Arg call_function(Lowering& l, std::string_view name, std::vector<Arg> arguments, Arg::Members keywords = {});

/// The call in which a function of CustomObjects::function is called, from the Builder that the function gets, and from no other.
KERAUNOS_API Lowering& lowering_of(Builder& builder);

/// The functions of keras.ops that call_function() knows, without "ops.", sorted.
[[nodiscard]] KERAUNOS_API std::vector<std::string> ops_functions();

}  // namespace keraunos
