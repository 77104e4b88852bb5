#pragma once

#include "host/ops/operation.h"

namespace keraunos::host {

/// in: table, ids (integers). result = table.shape[:axis] + ids.shape + table.shape[axis+1:]. An id outside the table sets the
/// error word and gives zeros; with from_end, ids from −extent to −1 (of signed types) count from the table's end.
struct Gather {
  static constexpr OpTraits traits{.may_fault = true, .has_cost = true};

  int axis = 0;
  bool from_end = false;

  std::string text() const;
  void mix(Hash& hash) const;
  Types infer(const NodeView& node) const;
  int rows(const RowRule& rule) const;
  OpCost cost(const NodeView&) const { return {.constants = OpCost::in_part}; }
  std::string fault_text(const NodeView& node) const;
  friend bool operator==(const Gather&, const Gather&) = default;
};

}  // namespace keraunos::host
