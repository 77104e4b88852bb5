#include "host/ops/scan.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Scan::text() const {
  constexpr const char* kKinds[] = {"cumulative sum", "cumulative product", "cumulative log_sum_exp"};
  std::string text = kKinds[kind];
  text += " axis=" + std::to_string(axis);
  if (exclusive) text += " exclusive";
  return reverse ? text + " reverse" : text;
}

Types Scan::infer(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo& x = node.in(0);
  if (axis < 0 || axis >= node.rank(0))
    throw UsageError(text() + ": " + text_of(x.shape) + " has no axis " + std::to_string(axis));
  const bool is_number = x.dtype != DType::boolean && x.dtype != DType::string;
  if (!is_number || (kind == log_sum_exp && !is_floating(x.dtype)))
    throw UsageError(text() + " is not defined for " + std::string(name_of(x.dtype)));
  return {{.shape = x.shape, .dtype = x.dtype}};
}

int Scan::rows(const RowRule& rule) const { return rule.of(0) == axis ? RowRule::kMixed : rule.of(0); }

}  // namespace keraunos::host
