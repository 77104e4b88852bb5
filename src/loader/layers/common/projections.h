// The projections inside an attention layer, which no config mentions: each is an EinsumDense with its own weights.
#pragma once

#include <initializer_list>
#include <string>

#include "keraunos/layer.h"
#include "loader/files/json.h"

namespace keraunos::loader {

struct Projection {
  std::string name, attribute, equation, bias_axes;  ///< without axes: no bias
  files::Json output_shape;
  std::string activation = "linear";
};

/// The projection as a layer inside `layer`. With an ellipsis the equation fits inputs of any rank.
ChildName projection(const Config& layer, const Projection& projection);

/// [a, b, …]
files::Json list_of_integers(std::initializer_list<int64_t> numbers);

}  // namespace keraunos::loader
