// Calls of an inner layer with changed weights: normalised, masked or quantised ones.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Names of the child's weights, each with its replacement.
using ChangedWeights = std::vector<std::pair<std::string, Value>>;

/// call_child() with these weights. A child that computes in a loop would use the weights of the file, so layers of cells must
/// not be called with this.
std::vector<Traced> call_child_with(Lowering& l, std::string_view child, const ChangedWeights& changed, const Traced& x);

/// The shape of a child's weight as the file has it.
Shape shape_of_child_weight(Lowering& l, std::string_view child, std::string_view name);

}  // namespace keraunos::loader
