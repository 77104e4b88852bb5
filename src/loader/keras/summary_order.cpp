// The order of layers in summary(). Keras 2 (2.15) sorts them whenever it builds a model from its config: those with the largest
// distance to the outputs first, layers of equal distance in the order in which a walk from the outputs reaches them. That walk
// visits the tensors of a call in the order of keyword names, so the order may differ from the file's. Layers that no output
// needs come last, as listed.
#include <algorithm>
#include <map>
#include <numeric>

#include "loader/keras/format_names.h"
#include "loader/keras/graph_walk.h"
#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

// By layer: the largest distance of its calls to the outputs.
std::map<int, int> depths_of(const Network& network, const GraphWalk& walked) {
  std::vector<int> depth(network.calls.size(), 0);
  std::map<int, int> depths;
  for (auto call = walked.finished.rbegin(); call != walked.finished.rend(); ++call) {
    const auto index = static_cast<size_t>(*call);
    int& of_layer = depths[network.calls[index].layer];
    of_layer = depth[index] = std::max(depth[index], of_layer);
    for (int need : walked.needs[index]) {
      int& before = depth[static_cast<size_t>(need)];
      before = std::max(before, depth[index] + 1);
    }
  }
  return depths;
}

}  // namespace

std::vector<size_t> listed_order(const Network& network) {
  std::vector<size_t> order(network.layers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  return order;
}

std::vector<size_t> keras2_order(const Network& network) {
  std::vector<size_t> order = listed_order(network);
  if (network.class_name == kSequential) return order;
  const GraphWalk walked = walk(network);
  std::map<int, int> depths = depths_of(network, walked), met;  // met: when the walk reached a layer
  for (int call : walked.met) met.emplace(network.calls[static_cast<size_t>(call)].layer, static_cast<int>(met.size()));
  for (const NetworkInput& input : network.inputs) {  // an input that no output needs
    const int layer = network.calls[static_cast<size_t>(input.call)].layer;
    if (depths.emplace(layer, 0).second) met[layer] = -1;
  }
  const auto rank = [&](size_t index) {
    const auto found = depths.find(static_cast<int>(index));
    return found == depths.end() ? std::pair{1, 0} : std::pair{-found->second, met.at(found->first)};
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
  return order;
}

}  // namespace keraunos::loader
