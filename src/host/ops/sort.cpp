#include "host/ops/sort.h"

#include <limits>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Sort::text() const {
  constexpr const char* kResults[] = {"sort", "sort places", "sort with places"};
  std::string text = kResults[results];
  if (descending) text += " descending";
  return first == kAll ? text : text + " first=" + std::to_string(first);
}

Types Sort::infer(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo& x = node.in(0);
  if (x.shape.empty()) throw UsageError("sort needs an axis");
  if (x.dtype == DType::string) throw UsageError("sort needs numbers, found texts");
  const int64_t length = x.shape.back().size;
  if (length > std::numeric_limits<int32_t>::max())
    throw UsageError("sort returns int32 indices, which are too small for the last axis of " + text_of(x.shape));
  if (first < kAll || first > length)
    throw UsageError("the first " + std::to_string(first) + " of " + std::to_string(length) + " elements do not exist");
  Shape shape = x.shape;
  if (first != kAll) {
    shape.pop_back();
    shape.push_back({first, false});
  }
  const ValueInfo elements{.shape = shape, .dtype = x.dtype}, where{.shape = shape, .dtype = DType::int32};
  if (results == both) return {elements, where};
  return {results == values ? elements : where};
}

int Sort::rows(const RowRule& rule) const { return rule.of(0) == rule.rank(0) - 1 ? RowRule::kMixed : rule.of(0); }

}  // namespace keraunos::host
