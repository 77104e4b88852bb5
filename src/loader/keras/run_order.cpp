// The order in which Keras 3 runs the calls of a Functional model. It matters where a call changes what others see: which of two
// readers of one masked tensor comes first, when one is a MultiHeadAttention that takes the mask off (Lowerer::take_masks).
#include <algorithm>

#include "loader/keras/nodes.h"
#include "loader/keras/reader.h"

namespace keraunos::loader {
namespace {

// The calls whose results a call is given: positional arguments, then keywords by name.
std::vector<int> needs_of(const Network& network, const Call& call) {
  std::vector<const Arg*> trees;
  for (const Arg& tree : call.arguments) trees.push_back(&tree);
  std::vector<const Arg::Members::value_type*> keywords;
  for (const auto& keyword : call.keywords) keywords.push_back(&keyword);
  std::sort(keywords.begin(), keywords.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* keyword : keywords) trees.push_back(&keyword->second);
  std::vector<int> needs;
  for (const Arg* tree : trees) {
    for (const Traced* tensor : tensor_leaves(*tree)) {
      const int from = network.sources[static_cast<size_t>(tensor->value.id)].call;
      if (from >= 0) needs.push_back(from);
    }
  }
  return needs;
}

// Depth first from the outputs, each call behind what it needs. No recursion: a file may be a chain of any length.
std::vector<int> walked(const Network& network, const std::vector<std::vector<int>>& needs) {
  std::vector<int> order;
  std::vector<bool> seen(needs.size(), false);
  std::vector<std::pair<int, size_t>> stack;
  const auto enter = [&](int call) {
    if (call < 0 || seen[static_cast<size_t>(call)]) return;
    seen[static_cast<size_t>(call)] = true;
    stack.emplace_back(call, 0);
  };
  for (int output : network.outputs) {
    enter(network.sources[static_cast<size_t>(output)].call);
    while (!stack.empty()) {
      const auto [call, next] = stack.back();
      const std::vector<int>& own = needs[static_cast<size_t>(call)];
      if (next == own.size()) {
        order.push_back(call);
        stack.pop_back();
      } else {
        ++stack.back().second;
        enter(own[next]);
      }
    }
  }
  return order;
}

}  // namespace

// The deepest calls first, counted from the outputs; a layer's later calls, seen first, draw its earlier ones no nearer than
// themselves. Calls of one depth keep the order in which the walk, backwards, first named them.
std::vector<int> run_order(const Network& network) {
  std::vector<std::vector<int>> needs;
  for (const Call& call : network.calls) needs.push_back(needs_of(network, call));
  std::vector<int> order = walked(network, needs), named;
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
