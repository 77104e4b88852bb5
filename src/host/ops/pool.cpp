#include "host/ops/pool.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "host/ops/window.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Pool::text() const { return std::string(kind == maximum ? "max_pool " : "average_pool ") + window_text(window); }

void Pool::mix(Hash& hash) const {
  hash.mix(kind);
  mix_window(hash, window);
}

Types Pool::infer(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo& x = node.in(0);
  if (x.shape.size() < 3 || x.shape.size() > 5) {
    throw UsageError("pooling needs an input of rank 3 to 5, found " + text_of(x.shape));
  }
  return {{.shape = window_results(node.graph, x, window), .dtype = x.dtype}};
}

int Pool::rows(const RowRule& rule) const {
  return rule.of(0) == RowRule::kNone || rule.of(0) == 0 ? rule.of(0) : RowRule::kMixed;
}

}  // namespace keraunos::host
