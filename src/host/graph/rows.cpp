#include "host/graph/rows.h"

#include <algorithm>

#include "host/graph/broadcast.h"

namespace keraunos::host {
namespace {

struct Rule {
  const Graph& graph;
  const Node& node;
  const std::vector<int>& axis;
  int64_t batch;

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
  // Rows survive a reshape when as many elements stand before their axis as did, and the axis holds a whole number of them: exactly its
  // extent, or, when it leads, any multiple of the batch (Dense folds time into rows and takes it out again).
  int operator()(const Reshape&) const {
    const int own = of(0);
    if (own < 0) return own;
    const Shape &from = graph.info(node.in[0]).shape, &to = graph.info(node.out[0]).shape;
    int64_t before = 1, passed = 1;
    for (int i = 0; i < own; ++i) before *= from[static_cast<size_t>(i)].size;
    for (size_t i = 0; i < to.size() && passed <= before; ++i) {
      const int64_t size = to[i].size;
      const bool whole = size == from[static_cast<size_t>(own)].size || (before == 1 && size > 0 && size % batch == 0);
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
    const bool whole = op.start[own] == 0 && op.step[own] == 1 && graph.info(node.in[0]).shape[own].size == graph.info(node.out[0]).shape[own].size;
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
std::string spread(const Graph& graph, std::vector<int>& axis, int64_t batch) {
  std::string mixed_by;
  for (const Node& node : graph.nodes) {
    const int found = std::visit(Rule{graph, node, axis, batch}, node.op);
    if (found == Rows::kMixed && mixed_by.empty()) mixed_by = node.origin;
    for (Value v : node.out) axis[static_cast<size_t>(v.id)] = found;
  }
  return mixed_by;
}

// When any operand has rows, all that is carried does from the first step on; the body must then keep them apart.
int Rule::operator()(const Loop& op) const {
  const int found = leading();
  if (found != 0) return found;
  std::vector<int> inside(op.body->values.size(), kNone);
  for (size_t i = 0; i < node.in.size(); ++i) {
    inside[static_cast<size_t>(op.body->inputs[i].id)] = i < static_cast<size_t>(op.carried) ? 0 : of(i);
  }
  spread(*op.body, inside, batch);
  const auto mixed = [&](Value v) { return inside[static_cast<size_t>(v.id)] > 0 || inside[static_cast<size_t>(v.id)] == kMixed; };
  return std::any_of(op.body->outputs.begin(), op.body->outputs.end(), mixed) ? kMixed : 0;
}

}  // namespace

Rows rows_of(const Graph& graph) {
  Rows rows;
  rows.axis.assign(graph.values.size(), Rows::kNone);
  for (Value v : graph.inputs) rows.axis[static_cast<size_t>(v.id)] = graph.info(v).shape.empty() ? Rows::kMixed : 0;
  for (const State& state : graph.states) rows.axis[static_cast<size_t>(state.before.id)] = 0;
  const int64_t batch = graph.inputs.empty() || graph.info(graph.inputs[0]).shape.empty() ? 1 : graph.info(graph.inputs[0]).shape[0].size;
  rows.mixed_by = spread(graph, rows.axis, std::max<int64_t>(batch, 1));
  rows.local = !graph.outputs.empty() && graph.states.empty() && !graph.pending;
  for (Value v : graph.outputs) {
    rows.local = rows.local && rows.axis[static_cast<size_t>(v.id)] == 0 && graph.info(v).shape[0].size == batch;
  }
  if (rows.local) rows.mixed_by.clear();
  return rows;
}

}  // namespace keraunos::host
