#include "host/ops/transpose.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Transpose::text() const { return "transpose " + list_text(permutation); }

void Transpose::mix(Hash& hash) const { hash.range(permutation); }

Types Transpose::infer(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo& x = node.in(0);
  ValueInfo result{.shape = {}, .dtype = x.dtype};
  uint64_t seen = 0;
  for (const int axis : permutation) {
    if (axis < 0 || axis >= node.rank(0) || (seen >> axis & 1) != 0) break;
    seen |= uint64_t{1} << axis;
    result.shape.push_back(x.shape[static_cast<size_t>(axis)]);
  }
  if (result.shape.size() == x.shape.size() && permutation.size() == x.shape.size()) return {std::move(result)};
  throw UsageError("a transposition of " + text_of(x.shape) + " by " + list_text(permutation) + ": each axis once expected");
}

int Transpose::rows(const RowRule& rule) const {
  if (rule.of(0) < 0) return rule.of(0);
  return static_cast<int>(std::find(permutation.begin(), permutation.end(), rule.of(0)) - permutation.begin());
}

}  // namespace keraunos::host
