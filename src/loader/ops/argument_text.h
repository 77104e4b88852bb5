// An argument in Python's notation, for messages and for comparison with a declared default.
#pragma once

#include <string>
#include <string_view>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// "None", "True", "2.0", "'SAME'", "[1, 2]"; tensors are "a tensor".
std::string python_text(const Arg& argument);
/// True when the argument equals a default in Python's notation; numbers are compared as numbers, texts without case.
bool equals_default(const Arg& argument, std::string_view python);

}  // namespace keraunos::loader
