#include "loader/layers/extensions/functions.h"

#include "loader/layers/extensions/binary_net.h"

namespace keraunos::loader {

Value library_function(Builder& builder, std::string_view layer_class, std::string_view function, Value x) {
  if (layer_class == "BinaryDense" || layer_class == "TernaryDense") return binary_net_function(builder, function, x);
  return {};
}

}  // namespace keraunos::loader
