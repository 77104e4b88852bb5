// The tensors among the arguments of a call, also inside lists.
#pragma once

#include <functional>

#include "loader/ops/operation.h"

namespace keraunos::loader {

bool any_argument_is(const std::vector<Arg>& positional, const Arg::Members& keywords,
                     const std::function<bool(const Arg&)>& test);

/// The arguments with another tensor in place of each.
CallArguments with_tensors(CallArguments arguments, const std::function<Value(Value)>& change);

/// The arguments of a layer's call; for keras.ops also those that the config holds.
CallArguments arguments_of_layer(Lowering& l, const Operation& operation);

}  // namespace keraunos::loader
