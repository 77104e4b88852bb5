#include "host/ops/slice.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Slice::text() const { return "slice start=" + list_text(start) + " step=" + list_text(step); }

void Slice::mix(Hash& hash) const { hash.range(start).range(step); }

void Slice::check(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo &x = node.in(0), &result = node.out();
  const size_t rank = x.shape.size();
  if (start.size() != rank || step.size() != rank || result.shape.size() != rank || x.dtype != result.dtype) {
    throw UsageError("a slice of " + text_of(x.shape) + ": one number per axis and a result of its rank and dtype expected");
  }
  for (size_t axis = 0; axis < rank; ++axis) {
    const int64_t extent = x.shape[axis].size, size = result.shape[axis].size;
    if (size == 0) continue;
    const int64_t last = checked_add(start[axis], checked_multiply(size - 1, step[axis]));
    if (start[axis] >= 0 && start[axis] < extent && last >= 0 && last < extent) continue;
    throw UsageError("a slice from " + list_text(start) + " by " + list_text(step) + " to " + text_of(result.shape) +
                     " reaches outside of " + text_of(x.shape));
  }
}

int Slice::rows(const RowRule& rule) const {
  if (rule.of(0) < 0) return rule.of(0);
  const auto own = static_cast<size_t>(rule.of(0));
  const bool whole = start[own] == 0 && step[own] == 1 && rule.node.in(0).shape[own].size == rule.node.out().shape[own].size;
  return whole ? rule.of(0) : RowRule::kMixed;
}

}  // namespace keraunos::host
