#include "host/graph/rows.h"

#include <algorithm>
#include <cstring>

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

bool same_nodes(const Graph& a, const Graph& b) {
  return a.values.size() == b.values.size() && a.nodes.size() == b.nodes.size() &&
         std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), [](const Node& x, const Node& y) {
           return x.op.index() == y.op.index() && (std::holds_alternative<Loop>(x.op) || hash_of(x.op) == hash_of(y.op));
         });
}

struct Rule {
  const Pair& pair;
  const Graph& graph;
  const Node& node;
  const Node& other;
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
    if (of(1) != kNone || (of(0) != kNone && of(0) != 0)) return kMixed;
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
  int operator()(const LayerNorm& op) const { return of(0) >= rank(node.in[0]) - op.axes ? kMixed : of(0); }
  // Rows survive a reshape when as many elements stand before their axis as did, and the axis holds a whole number of them:
  // exactly its extent, or, when it leads, any multiple of the batch (Dense folds time into rows and takes it out again).
  int operator()(const Reshape&) const {
    const int own = of(0);
    if (own < 0) return own;
    const Shape &from = graph.info(node.in[0]).shape, &to = graph.info(node.out[0]).shape;
    int64_t before = 1, passed = 1;
    for (int i = 0; i < own; ++i) before *= from[static_cast<size_t>(i)].size;
    for (size_t i = 0; i < to.size() && passed <= before; ++i) {
      const int64_t size = to[i].size;
      const bool whole = size == from[static_cast<size_t>(own)].size || (before == 1 && size > 0 && size % pair.batch == 0);
      if (passed == before && whole) return static_cast<int>(i);
      passed *= size;
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
    if (of(0) != kNone) return kMixed;
    return of(1) < 0 ? of(1) : of(1) + op.axis;
  }
  int operator()(const Recurrent&) const { return of(1) != kNone || of(2) != kNone ? kMixed : leading(); }
  int operator()(const Attention&) const { return leading(); }
  int operator()(const Loop& op) const;
  int operator()(const Call& op) const {
    const int found = leading();
    return found == kNone || op.kernel->rows_are_local() ? found : kMixed;
  }
};

// Sets the axis of every result from those of inputs and states; answers the first layer in which rows meet.
std::string spread(const Pair& pair, std::vector<int>& axis) {
  std::string mixed_by;
  for (size_t i = 0; i < pair.graph.nodes.size(); ++i) {
    const Node& node = pair.graph.nodes[i];
    const int found = std::visit(Rule{pair, pair.graph, node, pair.other.nodes[i], axis}, node.op);
    if (found == Rows::kMixed && mixed_by.empty()) mixed_by = node.origin;
    for (Value v : node.out) axis[static_cast<size_t>(v.id)] = found;
  }
  return mixed_by;
}

// When any operand has rows, all that is carried does from the first step on; the body must then keep them apart.
int Rule::operator()(const Loop& op) const {
  const int found = leading();
  if (found != 0) return found;
  const Pair body{*op.body, *std::get<Loop>(other.op).body, pair.batch, pair.other_batch};
  if (!same_nodes(body.graph, body.other)) return kMixed;
  std::vector<int> inside = initial_axes(body);
  for (size_t i = 0; i < node.in.size(); ++i) {
    inside[static_cast<size_t>(op.body->inputs[i].id)] = i < static_cast<size_t>(op.carried) ? 0 : of(i);
  }
  spread(body, inside);
  const auto mixed = [&](Value v) {
    return inside[static_cast<size_t>(v.id)] > 0 || inside[static_cast<size_t>(v.id)] == kMixed;
  };
  return std::any_of(op.body->outputs.begin(), op.body->outputs.end(), mixed) ? kMixed : 0;
}

}  // namespace

Rows rows_of(const Graph& graph, const Graph& other) {
  const auto batch_of = [](const Graph& g) {
    return g.inputs.empty() || g.info(g.inputs[0]).shape.empty() ? 1 : std::max<int64_t>(g.info(g.inputs[0]).shape[0].size, 1);
  };
  const Pair pair{graph, other, batch_of(graph), batch_of(other)};
  if (!same_nodes(graph, other)) return {};
  Rows rows;
  rows.axis = initial_axes(pair);
  for (Value v : graph.inputs) rows.axis[static_cast<size_t>(v.id)] = graph.info(v).shape.empty() ? Rows::kMixed : 0;
  for (const State& state : graph.states) rows.axis[static_cast<size_t>(state.before.id)] = 0;
  rows.mixed_by = spread(pair, rows.axis);
  rows.local = !graph.outputs.empty() && graph.states.empty() && !graph.pending;
  for (Value v : graph.outputs) {
    rows.local = rows.local && rows.axis[static_cast<size_t>(v.id)] == 0 && graph.info(v).shape[0].size == pair.batch;
  }
  if (rows.local) rows.mixed_by.clear();
  return rows;
}

}  // namespace keraunos::host
