// The shapes of a Sort or a Scan for devices.
#pragma once

#include "host/graph/graph.h"
#include "kernels/math/lines.h"

namespace keraunos::math {

inline SortShape shape_of(const host::Sort& op, const host::NodeView& node) {
  const Shape& x = node.in(0).shape;
  SortShape shape{.length = x.back().size, .descending = op.descending};
  for (size_t i = 0; i + 1 < x.size(); ++i) shape.rows *= x[i].size;
  shape.first = op.first == host::Sort::kAll ? shape.length : op.first;
  return shape;
}

inline ScanShape shape_of(const host::Scan& op, const host::NodeView& node) {
  const Shape& x = node.in(0).shape;
  const auto axis = static_cast<size_t>(op.axis);
  ScanShape shape{.how = op.kind == host::Scan::sum       ? Accumulation::sum
                         : op.kind == host::Scan::product ? Accumulation::product
                                                          : Accumulation::log_sum_exp,
                  .exclusive = op.exclusive,
                  .reverse = op.reverse};
  for (size_t i = 0; i < x.size(); ++i) (i < axis ? shape.before : i > axis ? shape.after : shape.length) *= x[i].size;
  return shape;
}

}  // namespace keraunos::math
