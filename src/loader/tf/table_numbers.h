// Numbers that the initialisation of a table computes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keraunos/tensor.h"
#include "loader/files/budget.h"
#include "loader/tf/node.h"

namespace keraunos::loader {

/// The result of a Range of integers, or of a Cast of integers to int32 or int64; null for anything else, and where an operand is
/// null.
std::shared_ptr<const Tensor> table_numbers(const GraphNode& node, const std::vector<std::shared_ptr<const Tensor>>& operands,
                                            files::MemoryBudget& budget, const std::string& what);

}  // namespace keraunos::loader
