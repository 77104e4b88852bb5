// The order in which Keras runs the calls of a Functional model. It matters where a call changes masks for later calls: which of
// two readers of one tensor comes first, when one is a MultiHeadAttention that removes the mask or a model that is called with
// one (lowerer_masks.cpp).
#include <algorithm>

#include "loader/keras/graph_walk.h"
#include "loader/keras/reader.h"

namespace keraunos::loader {

// Sorts calls by decreasing depth, the distance to an output, as Keras's map_graph_network does. A call of a shared layer is at
// least as deep as the layer's later calls. Calls of one depth keep the order in which the walk from the outputs met them.
std::vector<int> run_order(const Network& network) {
  const auto [needs, met, order] = walk(network);
  std::vector<int> named;
  std::vector<int> depths(network.calls.size(), -1), of_layers(network.layers.size(), 0);
  const auto deepen = [&](int call, int depth) {
    int& known = depths[static_cast<size_t>(call)];
    if (known < 0) named.push_back(call);
    known = std::max(known, depth);
  };
  for (auto call = order.rbegin(); call != order.rend(); ++call) {
    const int layer = network.calls[static_cast<size_t>(*call)].layer;
    deepen(*call, layer >= 0 ? of_layers[static_cast<size_t>(layer)] : 0);
    const int depth = depths[static_cast<size_t>(*call)];
    if (layer >= 0) of_layers[static_cast<size_t>(layer)] = depth;
    for (int need : needs[static_cast<size_t>(*call)]) deepen(need, depth + 1);
  }
  std::stable_sort(named.begin(), named.end(),
                   [&](int a, int b) { return depths[static_cast<size_t>(a)] > depths[static_cast<size_t>(b)]; });
  return named;
}

}  // namespace keraunos::loader
