// Dense on (N, T, F) is reshape → product → reshape → add bias → activation. The second reshape stands between the product and
// what could be its epilogue, so it moves behind: f(reshape(p), vectors) = reshape(f(p, vectors)), as long as the last axis of p
// stays whole or is only split (into heads and their sizes), and every other operand is a vector along it, a single number, or a
// full tensor that can be reshaped back.
#include <algorithm>
#include <span>

#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

enum class Fit { vector, whole, no };

// The number of last axes of `to` that are the last axis of `from`: 1 where it stays whole; 0 if there is no such number.
size_t axes_of_last(const Shape& from, const Shape& to) {
  if (from.empty() || to.empty()) return 0;
  if (from.back() == to.back()) return 1;
  int64_t elements = 1;
  for (size_t axes = 1; axes <= to.size(); ++axes) {
    const Dim& extent = to[to.size() - axes];
    elements *= extent.size;
    if (extent.varies || from.back().varies || elements > from.back().size) return 0;
    if (elements == from.back().size && elements > 0) return axes;
  }
  return 0;
}

// `axes`: the last axes of `full` that are one axis of the product.
Fit fit_of(const Shape& operand, const Shape& full, size_t axes) {
  if (elements_of(operand) == 1) return Fit::vector;
  if (operand == full) return Fit::whole;
  if (operand.size() < axes) return Fit::no;
  int64_t elements = 1;
  for (size_t i = 1; i <= axes; ++i) {
    if (operand[operand.size() - i].size != full[full.size() - i].size) return Fit::no;
    elements *= operand[operand.size() - i].size;
  }
  return elements_of(operand) == elements ? Fit::vector : Fit::no;
}

// The index of the operand that is a reshape of a product, is read only by this pointwise node, and can move behind it; -1 if
// there is none.
int sinkable_operand(const Graph& graph, const Uses& uses, std::span<const Node> nodes, const Node& node) {
  if (!std::holds_alternative<Pointwise>(node.op)) return -1;
  const Shape& full = graph.info(node.out[0]).shape;
  const auto sinks = [&](Value operand) {
    const int maker = uses.maker(operand);
    if (maker < 0 || uses.count(operand) != 1) return false;
    const Node& reshape = nodes[static_cast<size_t>(maker)];
    if (!traits_of(reshape.op).is_view || uses.maker(reshape.in[0]) < 0) return false;
    const Node& product = nodes[static_cast<size_t>(uses.maker(reshape.in[0]))];
    if (epilogue_of(product.op) == nullptr && !std::holds_alternative<Pointwise>(product.op)) return false;
    if (uses.count(reshape.in[0]) != 1 || graph.info(operand).shape != full) return false;
    const size_t axes = axes_of_last(graph.info(reshape.in[0]).shape, full);
    const auto fits = [&](Value other) { return fit_of(graph.info(other).shape, full, axes) != Fit::no; };
    return axes > 0 && std::ranges::all_of(node.in, fits);
  };
  const auto found = std::ranges::find_if(node.in, sinks);
  if (found == node.in.end()) return -1;
  return static_cast<int>(found - node.in.begin());
}

// Appends the node, computed in the shape of `before`, the reshape's operand, and then the reshape.
void append_sunk(Graph& graph, Node node, size_t position, Value before) {
  const Value result = node.out[0];
  const Shape inner = graph.info(before).shape, full = graph.info(result).shape;
  const size_t axes = axes_of_last(inner, full);
  const std::string origin = node.origin;
  graph.origin = origin;
  Builder builder(graph);
  for (size_t i = 0; i < node.in.size(); ++i) {
    const Shape shape = graph.info(node.in[i]).shape;
    if (i == position) {
      node.in[i] = before;
    } else if (fit_of(shape, full, axes) == Fit::whole) {
      node.in[i] = builder.reshape(node.in[i], inner);
    } else if (shape.size() > 1) {
      node.in[i] = builder.reshape(node.in[i], {elements_of(shape) == 1 ? shape.back() : inner.back()});
    }
  }
  ValueInfo info = graph.info(result);
  info.shape = inner;
  const Value computed = graph.add_value(std::move(info));
  node.out = {computed};
  graph.nodes.push_back(std::move(node));
  graph.nodes.push_back(Node{.op = Reshape{}, .in = {computed}, .out = {result}, .origin = origin});
}

bool sink_once(Graph& graph) {
  const Uses uses(graph);
  const auto sinks = [&](const Node& node) { return sinkable_operand(graph, uses, graph.nodes, node) >= 0; };
  if (std::ranges::none_of(graph.nodes, sinks)) return false;
  std::vector<Node> old;
  old.swap(graph.nodes);  // nodes are copied from it, because later ones look up earlier ones
  for (const Node& node : old) {
    // `uses` is still right for later nodes: only this node and the removed reshape changed.
    const int position = sinkable_operand(graph, uses, old, node);
    if (position < 0) {
      graph.nodes.push_back(node);
      continue;
    }
    const Node& reshape = old[static_cast<size_t>(uses.maker(node.in[static_cast<size_t>(position)]))];
    append_sunk(graph, node, static_cast<size_t>(position), reshape.in[0]);
  }
  return true;
}

}  // namespace

bool sink_reshapes(Graph& graph) {
  bool changed = false;
  while (sink_once(graph)) changed = true;
  return changed;
}

}  // namespace keraunos::host
