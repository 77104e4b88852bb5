// Functions of other libraries that configs name without a package, as Activation("binary_tanh"): they are known by the layers
// that stand in the same file.
#pragma once

#include <string_view>

#include "keraunos/builder.h"

namespace keraunos::loader {

/// What the library of that class of layers means by the name; absent where it has no such function, or no library is known.
Value library_function(Builder& builder, std::string_view layer_class, std::string_view function, Value x);

/// The one name of Keras's own for which a library may have another function.
inline constexpr std::string_view kReplacedFunction = "gelu";

/// What it means there; absent where it is Keras's. keras-transformer and keras-bert load their models with a gelu of their own.
Value replaced_function(Builder& builder, std::string_view layer_class, std::string_view function, Value x);

}  // namespace keraunos::loader
