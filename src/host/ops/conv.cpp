#include "host/ops/conv.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "host/ops/program_rules.h"
#include "host/ops/window.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Conv::text() const {
  return "conv " + window_text(window) + " groups=" + std::to_string(groups) + epilogue_text(epilogue);
}

void Conv::mix(Hash& hash) const {
  mix_window(hash, window);
  hash.mix(groups).mix(hash_of(epilogue));
}

Types Conv::infer(const NodeView& node) const {
  node.require_operands(2, 2 + Program::kMaxInputs);
  const ValueInfo &x = node.in(0), &kernel = node.in(1);
  const size_t rank = x.shape.size();
  if (rank < 3 || rank > 5 || kernel.shape.size() != rank) {
    throw UsageError("a convolution needs an input of rank 3 to 5 and a kernel of the same rank, found " + text_of(x.shape) +
                     " and " + text_of(kernel.shape));
  }
  if (x.dtype != kernel.dtype) throw UsageError("a convolution needs input and kernel of one dtype");
  const int64_t channels = x.shape.back().size, filters = kernel.shape.back().size;
  if (groups < 1 || checked_multiply(kernel.shape[rank - 2].size, groups) != channels || filters % groups != 0) {
    throw UsageError("a kernel of shape " + text_of(kernel.shape) + " in " + std::to_string(groups) + " groups does not fit " +
                     std::to_string(channels) + " channels");
  }
  for (size_t i = 0; i + 2 < rank; ++i) {
    if (window.size[i] == kernel.shape[i].size) continue;
    throw UsageError("a window of " + list_text(window.size) + " is not that of a kernel of shape " + text_of(kernel.shape));
  }
  ValueInfo product{.shape = window_results(node.graph, x, window), .dtype = x.dtype};
  product.shape.back() = kernel.shape.back();
  return {with_epilogue(epilogue, node, std::move(product))};
}

int Conv::rows(const RowRule& rule) const {
  if (rule.of(1) != RowRule::kNone || rule.of(0) > 0 || rule.of(0) == RowRule::kMixed) return RowRule::kMixed;
  return rule.aligned(2, rule.of(0));
}

// Every result is a sum over the kernel's elements that belong to its filter.
OpCost Conv::cost(const NodeView& node) const {
  const Shape& kernel = node.in(1).shape;
  const auto filters = static_cast<double>(std::max<int64_t>(kernel.back().size, 1));
  return {.products = static_cast<double>(elements_of(node.out().shape)) * static_cast<double>(elements_of(kernel)) / filters};
}

}  // namespace keraunos::host
