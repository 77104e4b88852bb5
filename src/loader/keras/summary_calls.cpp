// Calls in summary(): their operands, and whether they form a chain, which needs no column of connections.
#include <algorithm>
#include <set>

#include "loader/keras/nodes.h"
#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

void collect(const Arg& tree, std::vector<int>& sources) {
  for (const Traced* tensor : tensor_leaves(tree)) sources.push_back(tensor->value.id);
}

}  // namespace

const Call& call_at(const Network& network, size_t index) {
  return index < network.calls.size() ? network.calls[index] : network.asides[index - network.calls.size()];
}

// Positional arguments first, then keywords by name.
std::vector<const Source*> operands_of(const Network& network, const Call& call) {
  std::vector<int> indices;
  for (const Arg& argument : call.arguments) collect(argument, indices);
  std::vector<const Arg::Members::value_type*> keywords;
  for (const auto& keyword : call.keywords) keywords.push_back(&keyword);
  std::sort(keywords.begin(), keywords.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  for (const auto* keyword : keywords) collect(keyword->value, indices);
  std::vector<const Source*> sources;
  for (int index : indices) {
    const Source& source = network.sources[static_cast<size_t>(index)];
    if (source.constant == nullptr) sources.push_back(&source);
  }
  return sources;
}

// A chain: no two calls have the same distance to the outputs, no call has several tensors, no layer is called twice. Calls that
// no output needs come after the outputs, one step further than the nearest of their operands (Keras 2.15).
bool is_chain(const Network& network, int major) {
  const size_t count = network.calls.size() + (major < 3 ? network.asides.size() : 0);
  std::vector<int> depth(count, 0);
  for (size_t i = network.calls.size(); i-- > 0;) {
    for (const Source* operand : operands_of(network, network.calls[i])) {
      int& before = depth[static_cast<size_t>(operand->call)];
      before = std::max(before, depth[i] + 1);
    }
  }
  std::set<int> depths, layers;
  for (size_t i = 0; i < count; ++i) {
    const std::vector<const Source*> operands = operands_of(network, call_at(network, i));
    if (i >= network.calls.size()) {
      for (const Source* operand : operands) depth[i] = std::min(depth[i], depth[static_cast<size_t>(operand->call)]);
      --depth[i];
    }
    if (operands.size() > 1 || !depths.insert(depth[i]).second || !layers.insert(call_at(network, i).layer).second) return false;
  }
  return true;
}

}  // namespace keraunos::loader
