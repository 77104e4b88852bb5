#include "host/passes/edit.h"
#include "host/passes/passes.h"

namespace keraunos::host {

// Only zeros along spatial axes. The Pad stays where it has other readers. Average pooling does not count its padding and maximum
// pooling pads with −∞, so a Pad of zeros does not fold into either.
bool fold_padding(Graph& graph, Fusion& fusion) {
  const Uses uses(graph);
  bool changed = false;
  for (Node& node : graph.nodes) {
    const auto* conv = std::get_if<Conv>(&node.op);
    const int maker = conv ? uses.maker(node.in[0]) : -1;
    if (maker < 0) continue;
    const Node& source = graph.nodes[static_cast<size_t>(maker)];
    const auto* pad = std::get_if<Pad>(&source.op);
    if (pad == nullptr || pad->value != 0) continue;
    const size_t rank = pad->low.size();
    if (pad->low[0] || pad->high[0] || pad->low[rank - 1] || pad->high[rank - 1]) continue;
    Node fused = node;
    Window& window = std::get<Conv>(fused.op).window;
    for (size_t axis = 1; axis + 1 < rank; ++axis) {
      window.low[axis - 1] += pad->low[axis];
      window.high[axis - 1] += pad->high[axis];
    }
    fused.in[0] = source.in[0];
    if (!fusion.allows(graph, fused, {&source, &node})) continue;
    node = std::move(fused);
    changed = true;
  }
  return changed;
}

}  // namespace keraunos::host
