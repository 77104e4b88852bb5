// Operations that move elements, applied to texts. Devices compute with numbers only, so such an operation moves the places of
// the texts (int64), and a kernel on the host then picks the texts at these places.
#pragma once

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// Names of operations that only move elements, in TensorFlow or keras.ops, one of each operation.
std::span<const std::string_view> text_moves();

/// True where an argument is a tensor of texts.
bool takes_texts(Lowering& l, const std::vector<Arg>& positional, const Arg::Members& keywords);

/// The results of such an operation for these arguments.
std::vector<Traced> lower_text_move(Lowering& l, const Operation& operation, const std::string& name,
                                    const CallArguments& arguments);

}  // namespace keraunos::loader
