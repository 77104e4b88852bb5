#include "host/ops/resample.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

Types Resample::infer(const NodeView& node) const {
  node.require_operands(3, 3);
  const ValueInfo &x = node.in(0), &ids = node.in(1), &weights = node.in(2);
  if (axis < 0 || axis >= node.rank(0))
    throw UsageError("resample: " + text_of(x.shape) + " has no axis " + std::to_string(axis));
  if ((x.dtype != DType::float32 && x.dtype != DType::float64) || weights.dtype != x.dtype || ids.dtype != DType::int32)
    throw UsageError("resample needs float32 or float64 elements, weights of their dtype and int32 ids");
  if (ids.shape.size() != 2 || weights.shape != ids.shape)
    throw UsageError("resample needs ids and weights of one shape (results, taps), found " + text_of(ids.shape) + " and " +
                     text_of(weights.shape));
  if (lerp && ids.shape[1].size != 2) throw UsageError("resample between elements needs two taps");
  ValueInfo result{.shape = x.shape, .dtype = x.dtype};
  result.shape[static_cast<size_t>(axis)] = ids.shape[0];
  return {std::move(result)};
}

int Resample::rows(const RowRule& rule) const {
  const bool constant = rule.of(1) == RowRule::kNone && rule.of(2) == RowRule::kNone;
  return constant && rule.of(0) != axis ? rule.of(0) : RowRule::kMixed;
}

OpCost Resample::cost(const NodeView& node) const {
  return {.products = static_cast<double>(elements_of(node.out().shape)) * static_cast<double>(node.in(1).shape[1].size)};
}

}  // namespace keraunos::host
