// Calls of a layer inside with other weights than the file holds: normalised, masked or quantised ones.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// Names of the child's weights, each with what stands for it.
using ChangedWeights = std::vector<std::pair<std::string, Value>>;

/// call_child(), with those weights. A child that computes in a loop uses the weights of the file: no layer of cells may be
/// called so.
std::vector<Traced> call_child_with(Lowering& l, std::string_view child, const ChangedWeights& changed, const Traced& x);

/// The shape of a child's weight as the file has it.
Shape shape_of_child_weight(Lowering& l, std::string_view child, std::string_view name);

}  // namespace keraunos::loader
