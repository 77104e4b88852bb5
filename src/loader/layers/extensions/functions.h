// Functions of other libraries that configs name without a package, as Activation("binary_tanh"): the library is identified by
// the layers in the same file.
#pragma once

#include <string_view>

#include "keraunos/builder.h"

namespace keraunos::loader {

/// Applies the function of that name in the library of that layer class; absent where it has no such function, or no library is
/// known.
Value library_function(Builder& builder, std::string_view layer_class, std::string_view function, Value x);

/// The one name of a Keras function that a library may redefine.
inline constexpr std::string_view kReplacedFunction = "gelu";

/// Applies the library's function; absent where Keras's is used. keras-transformer and keras-bert load their models with their
/// own gelu.
Value replaced_function(Builder& builder, std::string_view layer_class, std::string_view function, Value x);

}  // namespace keraunos::loader
