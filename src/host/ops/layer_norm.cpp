#include "host/ops/layer_norm.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string LayerNorm::text() const { return "layer_norm axes=" + std::to_string(axes) + " epsilon=" + text_of(epsilon); }

void LayerNorm::mix(Hash& hash) const { hash.mix(axes).mix(epsilon); }

Types LayerNorm::infer(const NodeView& node) const {
  node.require_operands(3, 3);
  const ValueInfo& x = node.in(0);
  if (axes < 1 || axes > node.rank(0)) throw UsageError("layer_norm needs between 1 and all axes");
  if (!is_floating(x.dtype)) throw UsageError("layer_norm needs a floating tensor, found " + std::string(name_of(x.dtype)));
  for (size_t i = 1; i < 3; ++i) {
    if (!node.has(i)) continue;
    const ValueInfo& parameter = node.in(i);
    if (parameter.dtype == x.dtype &&
        std::equal(x.shape.end() - axes, x.shape.end(), parameter.shape.begin(), parameter.shape.end()))
      continue;
    throw UsageError("layer_norm: gamma or beta of " + std::string(name_of(parameter.dtype)) + text_of(parameter.shape) +
                     " does not fit the last " + std::to_string(axes) + " axes of " + std::string(name_of(x.dtype)) +
                     text_of(x.shape));
  }
  return {{.shape = x.shape, .dtype = x.dtype}};
}

int LayerNorm::rows(const RowRule& rule) const {
  const bool mixed = rule.of(1) != RowRule::kNone || rule.of(2) != RowRule::kNone || rule.of(0) >= rule.rank(0) - axes;
  return mixed ? RowRule::kMixed : rule.of(0);
}

}  // namespace keraunos::host
