#pragma once

#include "host/graph/program.h"
#include "host/ops/operation.h"

namespace keraunos::host {

/// in: a (m, k) or (B, m, k); b (k, n) or (B, k, n), same rank and batch; then the epilogue's further inputs.
/// Transposes swap the last two axes of an operand as stored. int8 × int8 gives int32, else one type throughout.
/// Result (…, m, n), the epilogue applied: its register 0 is the product, the others broadcast to the result.
struct MatMul {
  static constexpr OpTraits traits{.has_cost = true};

  bool transpose_a = false, transpose_b = false;
  bool full_precision = false;  ///< operands are never rounded to TF32, even where the caller allows it
  Program epilogue{};

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  OpCost cost(const NodeView& node) const;
  friend bool operator==(const MatMul&, const MatMul&) = default;
};

}  // namespace keraunos::host
