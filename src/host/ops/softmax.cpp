#include "host/ops/softmax.h"

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Softmax::text() const { return log ? "log_softmax" : "softmax"; }

void Softmax::mix(Hash& hash) const { hash.mix(log); }

Types Softmax::infer(const NodeView& node) const {
  node.require_operands(1, 1);
  const ValueInfo& x = node.in(0);
  if (x.shape.empty() || !is_floating(x.dtype)) {
    throw UsageError("softmax needs a floating tensor of rank 1 at least, found " + std::string(name_of(x.dtype)) +
                     text_of(x.shape));
  }
  return {{.shape = x.shape, .dtype = x.dtype}};
}

int Softmax::rows(const RowRule& rule) const { return rule.of(0) == rule.rank(0) - 1 ? RowRule::kMixed : rule.of(0); }

}  // namespace keraunos::host
