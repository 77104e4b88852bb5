#include "host/ops/matmul.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "host/ops/program_rules.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string MatMul::text() const {
  return std::string("matmul") + (transpose_a ? " a^T" : "") + (transpose_b ? " b^T" : "") +
         (full_precision ? " full precision" : "") + epilogue_text(epilogue);
}

void MatMul::mix(Hash& hash) const { hash.mix(transpose_a).mix(transpose_b).mix(full_precision).mix(hash_of(epilogue)); }

Types MatMul::infer(const NodeView& node) const {
  node.require_operands(2, 2 + Program::kMaxInputs);
  const ValueInfo &a = node.in(0), &b = node.in(1);
  const size_t rank = a.shape.size();
  const auto refuse = [&](const std::string& why) {
    throw UsageError("matmul of " + text_of(a.shape) + " and " + text_of(b.shape) + ": " + why);
  };
  if ((rank != 2 && rank != 3) || b.shape.size() != rank) refuse("two matrices, or two batches of them, expected");
  if (a.dtype != b.dtype) refuse("the operands' dtypes differ");
  if (a.shape[rank - (transpose_a ? 2 : 1)] != b.shape[rank - (transpose_b ? 1 : 2)]) refuse("the inner extents differ");
  if (rank == 3 && a.shape[0] != b.shape[0]) refuse("the batches differ");
  ValueInfo product{.shape = {}, .dtype = a.dtype == DType::int8 ? DType::int32 : a.dtype};
  if (rank == 3) product.shape.push_back(a.shape[0]);
  product.shape.push_back(a.shape[rank - (transpose_a ? 1 : 2)]);
  product.shape.push_back(b.shape[rank - (transpose_b ? 2 : 1)]);
  return {with_epilogue(epilogue, node, std::move(product))};
}

int MatMul::rows(const RowRule& rule) const {
  const int a = rule.of(0), b = rule.of(1), last = rule.rank(0) - 1;
  if (a == RowRule::kMixed || b == RowRule::kMixed) return RowRule::kMixed;
  int product = RowRule::kNone;
  if (a != RowRule::kNone) {
    const int row_axis = transpose_a ? last : last - 1, inner = transpose_a ? last - 1 : last;
    if (a == inner || (b != RowRule::kNone && b != a)) return RowRule::kMixed;
    if (b != RowRule::kNone && a == row_axis) return RowRule::kMixed;
    product = a == row_axis ? last - 1 : a;
  } else if (b != RowRule::kNone) {
    if (b == (transpose_b ? last : last - 1)) return RowRule::kMixed;
    product = b == (transpose_b ? last - 1 : last) ? last : b;
  }
  return rule.aligned(2, product);
}

OpCost MatMul::cost(const NodeView& node) const {
  const Shape& a = node.in(0).shape;
  const auto inner = static_cast<double>(a[a.size() - (transpose_a ? 2 : 1)].size);
  return {.products = static_cast<double>(elements_of(node.out().shape)) * inner};
}

}  // namespace keraunos::host
