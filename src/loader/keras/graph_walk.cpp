#include "loader/keras/graph_walk.h"

#include <algorithm>
#include <utility>

#include "loader/keras/nodes.h"

namespace keraunos::loader {
namespace {

std::vector<int> needs_of(const Network& network, const Call& call) {
  std::vector<const Arg*> trees;
  for (const Arg& tree : call.arguments) trees.push_back(&tree);
  std::vector<const Arg::Members::value_type*> keywords;
  for (const auto& keyword : call.keywords) keywords.push_back(&keyword);
  std::sort(keywords.begin(), keywords.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  for (const auto* keyword : keywords) trees.push_back(&keyword->value);
  std::vector<int> needs;
  for (const Arg* tree : trees) {
    for (const Traced* tensor : tensor_leaves(*tree)) {
      const int from = network.sources[static_cast<size_t>(tensor->value.id)].call;
      if (from >= 0) needs.push_back(from);
    }
  }
  return needs;
}

}  // namespace

// Without recursion, because a file may be a chain of any length.
GraphWalk walk(const Network& network) {
  GraphWalk result;
  for (const Call& call : network.calls) result.needs.push_back(needs_of(network, call));
  std::vector<bool> seen(network.calls.size(), false);
  std::vector<std::pair<int, size_t>> stack;
  const auto enter = [&](int call) {
    if (call < 0 || static_cast<size_t>(call) >= seen.size() || seen[static_cast<size_t>(call)]) return;
    seen[static_cast<size_t>(call)] = true;
    result.met.push_back(call);
    stack.emplace_back(call, 0);
  };
  for (int output : network.outputs) {
    enter(network.sources[static_cast<size_t>(output)].call);
    while (!stack.empty()) {
      const auto [call, next] = stack.back();
      const std::vector<int>& own = result.needs[static_cast<size_t>(call)];
      if (next == own.size()) {
        result.finished.push_back(call);
        stack.pop_back();
      } else {
        ++stack.back().second;
        enter(own[next]);
      }
    }
  }
  return result;
}

}  // namespace keraunos::loader
