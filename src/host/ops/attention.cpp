#include "host/ops/attention.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

bool heads_fit(const ValueInfo& q, const ValueInfo& k, const ValueInfo& v) {
  if (q.shape.size() != 4 || k.shape.size() != 4 || v.shape.size() != 4) return false;
  if (q.dtype != k.dtype || q.dtype != v.dtype || !is_floating(q.dtype)) return false;
  if (q.shape[0] != k.shape[0] || q.shape[0] != v.shape[0] || q.shape[3] != k.shape[3]) return false;
  return k.shape[1] == v.shape[1] && k.shape[2] == v.shape[2] && k.shape[2].size > 0 && q.shape[2].size % k.shape[2].size == 0;
}

void require_mask(const NodeView& node, size_t operand, const Shape& wanted) {
  const ValueInfo& found = node.in(operand);
  if (found.shape == wanted && found.dtype == DType::boolean) return;
  throw UsageError("attention: a mask " + text_of(found.shape) + " does not fit " + text_of(node.in(0).shape) + " and " +
                   text_of(node.in(1).shape) + "; expected booleans " + text_of(wanted));
}

}  // namespace

std::string Attention::text() const {
  std::string text = "attention scale=" + text_of(scale) + (causal ? " causal" : "");
  if (window) text += " window=" + std::to_string(*window);
  return text + (zero_masked ? "" : " uniform_masked") + (return_scores ? " return_scores" : "");
}

void Attention::mix(Hash& hash) const {
  hash.mix(scale).mix(causal).mix(window.has_value()).mix(window.value_or(0)).mix(zero_masked).mix(return_scores);
}

Types Attention::infer(const NodeView& node) const {
  node.require_operands(6, 6);
  const ValueInfo &q = node.in(0), &k = node.in(1), &v = node.in(2);
  if (!heads_fit(q, k, v)) {
    throw UsageError("attention: " + text_of(q.shape) + ", " + text_of(k.shape) + " and " + text_of(v.shape) + " do not fit");
  }
  const Dim batch = q.shape[0], queries = q.shape[1], heads = q.shape[2], keys = k.shape[1];
  if (node.has(3)) require_mask(node, 3, {batch, queries});
  if (node.has(4)) require_mask(node, 4, {batch, keys});
  if (node.has(5)) {
    if (node.rank(5) != 4) throw UsageError("attention: the mask of the scores must have rank 4");
    require_mask(node, 5, {batch, node.in(5).shape[1].size == 1 ? Dim{1} : heads, queries, keys});
  }
  Types results{{.shape = {batch, queries, heads, v.shape[3]}, .dtype = q.dtype}};
  if (return_scores) results.push_back({.shape = {batch, heads, queries, keys}, .dtype = q.dtype});
  return results;
}

int Attention::rows(const RowRule& rule) const { return rule.leading(); }

// The products for the scores and for the weighted sum.
OpCost Attention::cost(const NodeView& node) const {
  return {.products = 2 * static_cast<double>(elements_of(node.in(0).shape)) * static_cast<double>(node.in(1).shape[1].size)};
}

}  // namespace keraunos::host
