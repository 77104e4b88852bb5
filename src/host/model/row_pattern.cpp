#include "host/model/row_pattern.h"

#include <algorithm>

#include "host/constants/constant_store.h"
#include "host/graph/contents.h"
#include "host/graph/extent.h"

namespace keraunos::host {
namespace {

bool same_constant(const ValueInfo& a, const ValueInfo& b) {
  if (a.folded != nullptr || b.folded != nullptr)
    return a.folded != nullptr && b.folded != nullptr && a.folded->key == b.folded->key;
  if (a.constant == nullptr || b.constant == nullptr) return a.constant == b.constant;
  return same_contents(*a.constant, *b.constant);
}

bool is_constant(const ValueInfo& info) { return info.constant != nullptr || info.folded != nullptr; }

}  // namespace

std::optional<RowPattern> RowPattern::of(Graph graph, const Graph& other) {
  const auto calls = [](const Node& node) {
    // The extents inside nested graphs are not known here.
    return std::holds_alternative<Call>(node.op) || traits_of(node.op).is_nested;
  };
  if (std::any_of(graph.nodes.begin(), graph.nodes.end(), calls)) return std::nullopt;
  Rows rows = rows_of(graph, other);
  if (!rows.local) return std::nullopt;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const ValueInfo &a = graph.values[i], &b = other.values[i];
    if (is_constant(a) != is_constant(b) || (is_constant(a) && !same_constant(a, b))) return std::nullopt;
  }
  for (const Node& node : graph.nodes) {
    const auto mixed = [&](Value v) { return rows.axis[static_cast<size_t>(v.id)] == Rows::kMixed; };
    if (std::any_of(node.out.begin(), node.out.end(), mixed)) return std::nullopt;
  }
  return RowPattern(std::move(graph), std::move(rows.axis));
}

int64_t RowPattern::bytes() const {
  constexpr size_t kLists = 256;  // operands, results and parameters of a node, the shape of a value
  return static_cast<int64_t>(graph_.nodes.size() * (sizeof(Node) + kLists) +
                              graph_.values.size() * (sizeof(ValueInfo) + kLists));
}

Graph RowPattern::for_rows(int64_t rows) const {
  Graph graph = graph_;
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (axes_[i] < 0 || is_constant(graph.values[i])) continue;
    Dim& extent = graph.values[i].shape[static_cast<size_t>(axes_[i])];
    extent.size = checked_multiply(extent.size / kProbeBatch, rows);
    checked_elements(graph.values[i].shape, graph.values[i].dtype);
  }
  return graph;
}

}  // namespace keraunos::host
