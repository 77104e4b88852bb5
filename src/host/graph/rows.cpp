#include "host/graph/rows.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "host/graph/broadcast.h"

namespace keraunos::host {
namespace {

/// Two lowerings of one model, or of a loop's body, and their batches.
struct Pair {
  const Graph& graph;
  const Graph& other;
  int64_t batch, other_batch;
};

bool equal(const std::byte* a, const std::byte* b, int64_t bytes) {
  return bytes == 0 || std::memcmp(a, b, static_cast<size_t>(bytes)) == 0;
}

// A constant that has a row for each row of the batch, all alike, has rows along that axis; one that differs otherwise knows
// the batch's size.
int axis_of(const Tensor& a, const Tensor& b, const Pair& pair) {
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

// The axes of constants; the rest is to follow.
std::vector<int> initial_axes(const Pair& pair) {
  std::vector<int> axes(pair.graph.values.size(), Rows::kNone);
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto &a = pair.graph.values[i].constant, &b = pair.other.values[i].constant;
    if (a != nullptr && b != nullptr) axes[i] = axis_of(*a, *b, pair);
  }
  return axes;
}

bool same_value(const ValueInfo& a, const ValueInfo& b) {
  return a.dtype == b.dtype && a.shape.size() == b.shape.size() && (a.constant == nullptr) == (b.constant == nullptr);
}

bool same_node(const Node& a, const Node& b) {
  return a.op.index() == b.op.index() && a.in == b.in && a.out == b.out &&
         (std::holds_alternative<Loop>(a.op) || hash_of(a.op) == hash_of(b.op));
}

// The same operations on the same values: only extents and constants may differ.
bool same_form(const Graph& a, const Graph& b) {
  return a.inputs == b.inputs && a.outputs == b.outputs &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), same_value) &&
         std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(), same_node);
}

// The extents agree with `axis`: along it there are as many elements for each row of the batch in both graphs, so that extent
// grew out of the batch; all others are the same. (Dim::varies cannot tell: it marks every None of the file, and an operation
// of a fixed shape drops it.)
bool fits(const Pair& pair, Value v, int axis) {
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

// Where a value of equal rows, broadcast, has them.
int axis_that_grows(const Pair& pair, Value v) {
  const Shape &a = pair.graph.info(v).shape, &b = pair.other.info(v).shape;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].size != b[i].size) return static_cast<int>(i);
  }
  return Rows::kNone;
}

// What each operation makes of its operands' axes, by the extents of one of the two graphs.
struct Rule {
  const Graph& graph;
  int64_t batch;
  const Node& node;
  const std::vector<int>& axis;

  static constexpr int kNone = Rows::kNone, kMixed = Rows::kMixed;
  int of(size_t i) const { return node.in[i] ? axis[static_cast<size_t>(node.in[i].id)] : kNone; }
  int rank(Value v) const { return static_cast<int>(graph.info(v).shape.size()); }
  int result_rank() const { return rank(node.out[0]); }

  // Operands `first` and later, broadcast against the result: all that have rows have them under one axis, and full.
  int aligned(size_t first, int found = kNone) const {
    for (size_t i = first; i < node.in.size(); ++i) {
      const int own = of(i);
      if (own == kNone) continue;
      if (own == kMixed) return kMixed;
      const int under = own + result_rank() - rank(node.in[i]);
      if (found != kNone && found != under) return kMixed;
      found = under;
    }
    return found;
  }
  // Every operand has rows along axis 0 or none at all.
  int leading() const {
    int found = kNone;
    for (size_t i = 0; i < node.in.size(); ++i) {
      if (of(i) == kNone) continue;
      if (of(i) != 0) return kMixed;
      found = 0;
    }
    return found;
  }

  int operator()(const Pointwise&) const { return aligned(0); }
  int operator()(const MatMul& op) const {
    const int a = of(0), b = of(1), last = rank(node.in[0]) - 1;
    if (a == kMixed || b == kMixed) return kMixed;
    int product = kNone;
    if (a != kNone) {
      const int row_axis = op.transpose_a ? last : last - 1, inner = op.transpose_a ? last - 1 : last;
      if (a == inner || (b != kNone && b != a)) return kMixed;
      if (b != kNone && a == row_axis) return kMixed;
      product = a == row_axis ? last - 1 : a;
    } else if (b != kNone) {
      if (b == (op.transpose_b ? last : last - 1)) return kMixed;
      product = b == (op.transpose_b ? last - 1 : last) ? last : b;
    }
    return aligned(2, product);
  }
  int operator()(const Conv&) const {
    if (of(1) != kNone || of(0) > 0 || of(0) == kMixed) return kMixed;
    return aligned(2, of(0));
  }
  int operator()(const Pool&) const { return of(0) == kNone || of(0) == 0 ? of(0) : kMixed; }
  int operator()(const Reduce& op) const {
    const int own = of(0);
    if (own < 0) return own;
    if (std::binary_search(op.axes.begin(), op.axes.end(), own)) return kMixed;
    if (op.keep_dims) return own;
    return own - static_cast<int>(std::lower_bound(op.axes.begin(), op.axes.end(), own) - op.axes.begin());
  }
  int operator()(const Softmax&) const { return of(0) == rank(node.in[0]) - 1 ? kMixed : of(0); }
  int operator()(const LayerNorm& op) const {
    return of(1) != kNone || of(2) != kNone || of(0) >= rank(node.in[0]) - op.axes ? kMixed : of(0);
  }
  // Row i is one block of elements in each of the `before` blocks outside its axis. It still is where as many elements stand
  // before an axis that holds a whole number of blocks for each row (Dense folds time into rows and takes it out again).
  int operator()(const Reshape&) const {
    const int own = of(0);
    if (own < 0) return own;
    const Shape &from = graph.info(node.in[0]).shape, &to = graph.info(node.out[0]).shape;
    int64_t before = 1, passed = 1;
    for (int i = 0; i < own; ++i) before *= from[static_cast<size_t>(i)].size;
    for (size_t i = 0; i < to.size() && passed <= before; ++i) {
      if (passed == before && to[i].size > 0 && to[i].size % batch == 0) return static_cast<int>(i);
      passed *= to[i].size;
    }
    return kMixed;
  }
  int operator()(const Transpose& op) const {
    if (of(0) < 0) return of(0);
    return static_cast<int>(std::find(op.permutation.begin(), op.permutation.end(), of(0)) - op.permutation.begin());
  }
  int operator()(const Slice& op) const {
    if (of(0) < 0) return of(0);
    const auto own = static_cast<size_t>(of(0));
    const bool whole = op.start[own] == 0 && op.step[own] == 1 &&
                       graph.info(node.in[0]).shape[own].size == graph.info(node.out[0]).shape[own].size;
    return whole ? of(0) : kMixed;
  }
  int operator()(const Concat& op) const {
    const int found = aligned(0);
    return found == op.axis ? kMixed : found;
  }
  int operator()(const Pad& op) const {
    if (of(0) < 0) return of(0);
    const auto own = static_cast<size_t>(of(0));
    return op.low[own] == 0 && op.high[own] == 0 ? of(0) : kMixed;
  }
  int operator()(const Gather& op) const {
    const int table = of(0), ids = of(1);
    if (table == kMixed || ids == kMixed || table == op.axis || (table != kNone && ids != kNone)) return kMixed;
    if (ids != kNone) return ids + op.axis;
    return table < op.axis ? table : table + rank(node.in[1]) - 1;
  }
  int operator()(const Recurrent&) const { return of(1) != kNone || of(2) != kNone ? kMixed : leading(); }
  int operator()(const Attention&) const { return leading(); }
  int operator()(const Loop&) const { return kMixed; }  // see axes_of_loop
  int operator()(const Call& op) const {
    const int found = leading();
    return found == kNone || op.kernel->rows_are_local() ? found : kMixed;
  }
};

std::string spread(const Pair& pair, std::vector<int>& axis);

// The body keeps rows apart when each carried value has them where the one before had. Steps are along axis 1.
std::vector<int> axes_of_loop(const Pair& pair, const Node& node, const Node& other, const std::vector<int>& axis) {
  const Loop& op = std::get<Loop>(node.op);
  const Pair body{*op.body, *std::get<Loop>(other.op).body, pair.batch, pair.other_batch};
  const std::vector<int> mixed(node.out.size(), Rows::kMixed);
  if (!same_form(body.graph, body.other)) return mixed;
  std::vector<int> inside = initial_axes(body);
  const auto at = [&](Value v) -> int& { return inside[static_cast<size_t>(v.id)]; };
  for (size_t i = 0; i < node.in.size(); ++i) {
    const int own = axis[static_cast<size_t>(node.in[i].id)], place = static_cast<int>(i) - op.carried;
    const bool sliced = place >= 0 && place < op.sliced;
    at(body.graph.inputs[i]) = !sliced || own < 1 ? own : own == 1 ? Rows::kMixed : own - 1;
  }
  spread(body, inside);
  std::vector<int> found;
  for (size_t i = 0; i < node.out.size(); ++i) {
    const int after = at(body.graph.outputs[i]);
    const bool carried = static_cast<int>(i) < op.carried;
    if (carried && after != at(body.graph.inputs[i])) return mixed;
    found.push_back(carried || after < 1 ? after : after + 1);
  }
  return found;
}

std::vector<int> axes_of_results(const Pair& pair, size_t index, const std::vector<int>& axis) {
  const Node &node = pair.graph.nodes[index], &other = pair.other.nodes[index];
  if (std::holds_alternative<Loop>(node.op)) return axes_of_loop(pair, node, other, axis);
  int found = std::visit(Rule{pair.graph, pair.batch, node, axis}, node.op);
  if (found != std::visit(Rule{pair.other, pair.other_batch, other, axis}, other.op)) found = Rows::kMixed;
  if (found == Rows::kNone && std::holds_alternative<Pointwise>(node.op)) found = axis_that_grows(pair, node.out[0]);
  return std::vector<int>(node.out.size(), found);
}

// Sets the axis of every result from those of inputs and states; answers the first layer in which rows meet.
std::string spread(const Pair& pair, std::vector<int>& axis) {
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

}  // namespace

Rows rows_of(const Graph& graph, const Graph& other) {
  const auto batch_of = [](const Graph& g) {
    return g.inputs.empty() || g.info(g.inputs[0]).shape.empty() ? 1 : std::max<int64_t>(g.info(g.inputs[0]).shape[0].size, 1);
  };
  const Pair pair{graph, other, batch_of(graph), batch_of(other)};
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
