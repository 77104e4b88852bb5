#include "host/ops/operation.h"

#include <algorithm>

#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

template <class Values>
std::string joined(const Values& values) {
  std::string text = "[";
  for (const auto value : values) text += (text.size() > 1 ? "," : "") + std::to_string(value);
  return text + ']';
}

}  // namespace

size_t NodeView::operands() const noexcept { return node.in.size(); }
size_t NodeView::results() const noexcept { return node.out.size(); }
bool NodeView::has(size_t operand) const noexcept { return operand < node.in.size() && node.in[operand].id >= 0; }

bool NodeView::is_constant(size_t operand) const {
  if (!has(operand)) return false;
  const auto id = static_cast<size_t>(node.in[operand].id);
  return graph.is_constant(node.in[operand]) || (id < graph.foldable.size() && graph.foldable[id] != 0);
}

const ValueInfo& NodeView::in(size_t operand) const {
  if (!has(operand)) throw UsageError("an operation is given a value that is absent");
  return graph.info(node.in[operand]);
}

const ValueInfo& NodeView::out(size_t result) const { return graph.info(node.out[result]); }

bool NodeView::holds_text() const {
  const auto is_text = [&](Value v) { return v && graph.info(v).dtype == DType::string; };
  return std::ranges::any_of(node.in, is_text) || std::ranges::any_of(node.out, is_text);
}

void NodeView::require_operands(size_t least, size_t most) const {
  if (operands() >= least && operands() <= most) return;
  throw UsageError("an operation of " + std::to_string(least) + (most > least ? " or more" : "") + " operands has " +
                   std::to_string(operands()));
}

std::string list_text(std::span<const int> values) { return joined(values); }
std::string list_text(std::span<const int64_t> values) { return joined(values); }

}  // namespace keraunos::host
