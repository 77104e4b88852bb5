#include <algorithm>
#include <cstring>
#include <numeric>

#include "host/graph/graph.h"
#include "host/graph/row_rule.h"

namespace keraunos::host {
namespace {

bool equal(const std::byte* a, const std::byte* b, int64_t bytes) {
  return bytes == 0 || std::memcmp(a, b, static_cast<size_t>(bytes)) == 0;
}

// A constant that holds equal rows, one for each row of the batch, has rows along that axis. A constant that differs otherwise
// depends on the batch size.
int axis_of(const Tensor& a, const Tensor& b, const RowPair& pair) {
  if (&a == &b) return Rows::kNone;
  if (a.dtype() != b.dtype() || a.dims().rank() != b.dims().rank() || a.dtype() == DType::string) return Rows::kMixed;
  int axis = Rows::kNone;
  int64_t before = 1, row_bytes = size_of(a.dtype());
  for (int i = 0; i < a.dims().rank(); ++i) {
    const bool differs = a.dims()[i] != b.dims()[i];
    if (differs && (axis != Rows::kNone || a.dims()[i] != pair.batch || b.dims()[i] != pair.other_batch)) return Rows::kMixed;
    if (differs)
      axis = i;
    else
      (axis == Rows::kNone ? before : row_bytes) *= a.dims()[i];
  }
  const auto *first = static_cast<const std::byte*>(a.data()), *second = static_cast<const std::byte*>(b.data());
  if (axis == Rows::kNone) return equal(first, second, a.bytes()) ? Rows::kNone : Rows::kMixed;
  for (int64_t outer = 0; outer < before; ++outer, first += pair.batch * row_bytes, second += pair.other_batch * row_bytes) {
    bool alike = true;
    for (int64_t row = 0; row < pair.batch; ++row) alike = alike && equal(first + row * row_bytes, first, row_bytes);
    for (int64_t row = 0; row < pair.other_batch; ++row) alike = alike && equal(second + row * row_bytes, first, row_bytes);
    if (!alike) return Rows::kMixed;
  }
  return axis;
}

bool same_value(const ValueInfo& a, const ValueInfo& b) {
  return a.dtype == b.dtype && a.shape.size() == b.shape.size() && (a.constant == nullptr) == (b.constant == nullptr);
}

// Nested graphs are compared when their row axes are computed.
bool same_node(const Node& a, const Node& b) {
  return a.op.index() == b.op.index() && a.in == b.in && a.out == b.out && (traits_of(a.op).is_nested || a.op == b.op);
}

// True when the extents agree with `axis`: along it, both graphs have the same number of elements for each row of the batch, so
// that extent derives from the batch; all others are equal. (Dim::varies does not suffice: it marks every None of the file, and
// an operation with a fixed shape drops it.)
bool fits(const RowPair& pair, Value v, int axis) {
  const Shape &a = pair.graph.info(v).shape, &b = pair.other.info(v).shape;
  if (axis >= static_cast<int>(a.size())) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t size = a[i].size, other = b[i].size;
    if (static_cast<int>(i) != axis && size != other) return false;
    if (static_cast<int>(i) == axis && (size == 0 || size % pair.batch != 0 || size / pair.batch * pair.other_batch != other))
      return false;
  }
  return true;
}

// The row axis of a value of equal rows that is broadcast.
int axis_that_grows(const RowPair& pair, Value v) {
  const Shape &a = pair.graph.info(v).shape, &b = pair.other.info(v).shape;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].size != b[i].size) return static_cast<int>(i);
  }
  return Rows::kNone;
}

std::vector<int> axes_of_results(const RowPair& pair, size_t index, const std::vector<int>& axis) {
  const Node &node = pair.graph.nodes[index], &other = pair.other.nodes[index];
  const auto rows = [&]<class Own>(const Own& op) -> std::vector<int> {
    const Own& twin = std::get<Own>(other.op);
    if constexpr (Own::traits.is_nested) {
      return op.rows(pair, {pair.graph, node}, twin, axis);
    } else {
      int found = op.rows(RowRule{{pair.graph, node}, pair.batch, axis});
      if (found != twin.rows(RowRule{{pair.other, other}, pair.other_batch, axis})) found = Rows::kMixed;
      if (found == Rows::kNone && Own::traits.broadcasts) found = axis_that_grows(pair, node.out[0]);
      return std::vector<int>(node.out.size(), found);
    }
  };
  return std::visit(rows, node.op);
}

}  // namespace

int RowRule::of(size_t operand) const { return node.has(operand) ? axis[static_cast<size_t>(node.node.in[operand].id)] : kNone; }

int RowRule::aligned(size_t first, int found) const {
  const int result_rank = static_cast<int>(node.out().shape.size());
  for (size_t i = first; i < node.operands(); ++i) {
    const int own = of(i);
    if (own == kNone) continue;
    if (own == kMixed) return kMixed;
    const int under = own + result_rank - rank(i);
    if (found != kNone && found != under) return kMixed;
    found = under;
  }
  return found;
}

int RowRule::leading() const {
  int found = kNone;
  for (size_t i = 0; i < node.operands(); ++i) {
    if (of(i) == kNone) continue;
    if (of(i) != 0) return kMixed;
    found = 0;
  }
  return found;
}

bool same_form(const Graph& a, const Graph& b) {
  return a.inputs == b.inputs && a.outputs == b.outputs &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), same_value) &&
         std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(), same_node);
}

std::vector<int> initial_axes(const RowPair& pair) {
  std::vector<int> axes(pair.graph.values.size(), Rows::kNone);
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto &a = pair.graph.values[i].constant, &b = pair.other.values[i].constant;
    if (a != nullptr && b != nullptr) axes[i] = axis_of(*a, *b, pair);
  }
  return axes;
}

std::string spread(const RowPair& pair, std::vector<int>& axis) {
  std::string mixed_by;
  for (size_t i = 0; i < pair.graph.nodes.size(); ++i) {
    const Node& node = pair.graph.nodes[i];
    const std::vector<int> found = axes_of_results(pair, i, axis);
    for (size_t result = 0; result < found.size(); ++result) {
      int& own = axis[static_cast<size_t>(node.out[result].id)];
      own = fits(pair, node.out[result], found[result]) ? found[result] : Rows::kMixed;
      if (own == Rows::kMixed && mixed_by.empty()) mixed_by = node.origin;
    }
  }
  return mixed_by;
}

Rows rows_of(const Graph& graph, const Graph& other) {
  const auto batch_of = [](const Graph& g) {
    return g.inputs.empty() || g.info(g.inputs[0]).shape.empty() ? 1 : std::max<int64_t>(g.info(g.inputs[0]).shape[0].size, 1);
  };
  const RowPair pair{graph, other, batch_of(graph), batch_of(other)};
  const bool proves = pair.batch > 1 && pair.other_batch > 1 && std::gcd(pair.batch, pair.other_batch) == 1;
  if (!proves || graph.pending || other.pending || !graph.states.empty() || !same_form(graph, other)) return {};
  Rows rows;
  rows.axis = initial_axes(pair);
  for (Value v : graph.inputs) rows.axis[static_cast<size_t>(v.id)] = fits(pair, v, 0) ? 0 : Rows::kMixed;
  rows.mixed_by = spread(pair, rows.axis);
  rows.local = !graph.outputs.empty();
  for (Value v : graph.outputs) {
    rows.local = rows.local && rows.axis[static_cast<size_t>(v.id)] == 0 && graph.info(v).shape[0].size == pair.batch;
  }
  if (rows.local) rows.mixed_by.clear();
  return rows;
}

}  // namespace keraunos::host
