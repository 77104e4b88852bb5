#include "host/ops/pad.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Pad::text() const { return "pad low=" + list_text(low) + " high=" + list_text(high) + " value=" + text_of(value); }

void Pad::mix(Hash& hash) const { hash.range(low).range(high).mix(value); }

Types Pad::infer(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo& x = node.in(0);
  if (low.size() != x.shape.size() || high.size() != x.shape.size()) {
    throw UsageError("padding of " + text_of(x.shape) + ": one number per axis expected");
  }
  ValueInfo result{.shape = x.shape, .dtype = x.dtype};
  for (size_t axis = 0; axis < low.size(); ++axis) {
    if (low[axis] < 0 || high[axis] < 0) throw UsageError("pad takes no negative numbers; slice instead");
    Dim& dim = result.shape[axis];
    dim.size = checked_add(dim.size, checked_add(low[axis], high[axis]));
  }
  return {std::move(result)};
}

int Pad::rows(const RowRule& rule) const {
  if (rule.of(0) < 0) return rule.of(0);
  const auto own = static_cast<size_t>(rule.of(0));
  return low[own] == 0 && high[own] == 0 ? rule.of(0) : RowRule::kMixed;
}

}  // namespace keraunos::host
