#include "host/ops/reduce.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Reduce::text() const {
  constexpr const char* names[] = {"sum", "mean", "product", "maximum", "minimum", "any", "all"};
  return std::string("reduce_") + names[static_cast<int>(kind)] + " axes=" + list_text(axes) + (keep_dims ? " keep_dims" : "");
}

void Reduce::mix(Hash& hash) const { hash.mix(kind).range(axes).mix(keep_dims); }

Types Reduce::infer(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo& x = node.in(0);
  const bool ascending = std::adjacent_find(axes.begin(), axes.end(), std::greater_equal<>()) == axes.end();
  if (axes.empty() || !ascending || axes.front() < 0 || axes.back() >= node.rank(0)) {
    throw UsageError("a reduction of " + text_of(x.shape) + " over the axes " + list_text(axes) +
                     ": ascending axes of the tensor expected");
  }
  ValueInfo result{.shape = {}, .dtype = x.dtype};
  for (int axis = 0; axis < node.rank(0); ++axis) {
    const bool reduced = std::binary_search(axes.begin(), axes.end(), axis);
    if (!reduced) result.shape.push_back(x.shape[static_cast<size_t>(axis)]);
    if (reduced && keep_dims) result.shape.push_back({1, false});
  }
  return {std::move(result)};
}

int Reduce::rows(const RowRule& rule) const {
  const int own = rule.of(0);
  if (own < 0) return own;
  if (std::binary_search(axes.begin(), axes.end(), own)) return RowRule::kMixed;
  if (keep_dims) return own;
  return own - static_cast<int>(std::lower_bound(axes.begin(), axes.end(), own) - axes.begin());
}

}  // namespace keraunos::host
