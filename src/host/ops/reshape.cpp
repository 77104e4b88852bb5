#include "host/ops/reshape.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Reshape::text() const { return "reshape"; }

void Reshape::check(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo &x = node.in(0), &result = node.out();
  if (product_of(x.shape).size == product_of(result.shape).size && x.dtype == result.dtype) return;
  throw UsageError("reshape changes the elements of " + text_of(x.shape));
}

// Row i is one block of elements in each of the `before` blocks outside its axis. The result has a row axis where the same number
// of elements precedes an axis that holds a whole number of blocks for each row (Dense folds time into rows and unfolds it
// again).
int Reshape::rows(const RowRule& rule) const {
  const int own = rule.of(0);
  if (own < 0) return own;
  const Shape &from = rule.node.in(0).shape, &to = rule.node.out().shape;
  int64_t before = 1, passed = 1;
  for (int i = 0; i < own; ++i) before *= from[static_cast<size_t>(i)].size;
  for (size_t i = 0; i < to.size() && passed <= before; ++i) {
    if (passed == before && to[i].size > 0 && to[i].size % rule.batch == 0) return static_cast<int>(i);
    passed *= to[i].size;
  }
  return RowRule::kMixed;
}

}  // namespace keraunos::host
