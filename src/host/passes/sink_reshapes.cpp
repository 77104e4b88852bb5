// Dense on (N, T, F) is reshape → product → reshape → add bias → activation. The second reshape separates the product from what
// could be its epilogue, so it moves behind them: f(reshape(p), vectors) = reshape(f(p, vectors)), if the last axis is kept whole
// and every other operand is a vector along it, a single number, or a full tensor that can be reshaped back.
#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {
namespace {

enum class Fit { vector, whole, no };

Fit fit_of(const Shape& operand, const Shape& full) {
  if (elements_of(operand) == 1) return Fit::vector;
  if (operand == full) return Fit::whole;
  const bool along_last =
      !operand.empty() && operand.back().size == full.back().size && elements_of(operand) == operand.back().size;
  return along_last ? Fit::vector : Fit::no;
}

}  // namespace

bool sink_reshapes(Graph& graph) {
  bool changed = false;
  for (bool again = true; again;) {
    again = false;
    const Uses uses(graph);
    std::vector<Node> old;
    old.swap(graph.nodes);  // nodes are copied from it, because later ones look up earlier ones
    Builder builder(graph);
    for (Node& node : old) {
      const auto* op = std::get_if<Pointwise>(&node.op);
      int position = -1;
      for (size_t i = 0; op && position < 0 && i < node.in.size(); ++i) {
        const int maker = uses.maker(node.in[i]);
        if (maker < 0 || uses.count(node.in[i]) != 1) continue;
        const Node& reshape = old[static_cast<size_t>(maker)];
        if (!traits_of(reshape.op).is_view || uses.maker(reshape.in[0]) < 0) continue;
        const Node& product = old[static_cast<size_t>(uses.maker(reshape.in[0]))];
        const bool is_product = epilogue_of(product.op) != nullptr || std::holds_alternative<Pointwise>(product.op);
        const Shape& from = graph.info(reshape.in[0]).shape;
        const Shape& to = graph.info(node.in[i]).shape;
        const bool whole_last = !from.empty() && !to.empty() && from.back() == to.back();
        if (is_product && uses.count(reshape.in[0]) == 1 && whole_last && to == graph.info(node.out[0]).shape)
          position = static_cast<int>(i);
      }
      const Shape full = graph.info(node.out[0]).shape;
      for (size_t i = 0; position >= 0 && i < node.in.size(); ++i) {
        if (fit_of(graph.info(node.in[i]).shape, full) == Fit::no) position = -1;
      }
      if (position < 0) {
        graph.nodes.push_back(node);
        continue;
      }
      graph.origin = node.origin;
      const Value before = old[static_cast<size_t>(uses.maker(node.in[static_cast<size_t>(position)]))].in[0];
      const Shape inner = graph.info(before).shape;
      for (size_t i = 0; i < node.in.size(); ++i) {
        const Fit fit = fit_of(graph.info(node.in[i]).shape, full);
        if (static_cast<int>(i) == position) {
          node.in[i] = before;
        } else if (fit == Fit::whole) {
          node.in[i] = builder.reshape(node.in[i], inner);
        } else if (graph.info(node.in[i]).shape.size() > 1) {
          node.in[i] = builder.reshape(node.in[i], {graph.info(node.in[i]).shape.back()});
        }
      }
      const Value result = node.out[0];
      ValueInfo info = graph.info(result);
      info.shape = inner;
      node.out = {graph.add_value(std::move(info))};
      const Value computed = node.out[0];
      const std::string origin = node.origin;
      graph.nodes.push_back(node);
      graph.nodes.push_back(Node{.op = Reshape{}, .in = {computed}, .out = {result}, .origin = origin});
      again = changed = true;
      // `uses` is still right for later nodes: only this node and the removed reshape changed.
    }
  }
  return changed;
}

}  // namespace keraunos::host
