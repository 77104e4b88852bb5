#include "cli/layer_pairs.h"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace keraunos::cli {
namespace {

class Collecting {
 public:
  explicit Collecting(const loader::KerasModel& model) : model_(model) { add(*model.graph().root->network); }
  std::vector<SeenLayer> layers;

 private:
  void add(const loader::Network& network) {
    for (const loader::Call& call : network.calls) {
      if (call.layer >= 0) add(*network.layers[static_cast<size_t>(call.layer)]);
    }
  }

  void add(const loader::LayerInstance& layer) {
    const auto found = model_.layer_outputs().find(layer.path);
    if (layer.is_input || !known_.insert(layer.path).second) return;
    if (layer.network != nullptr) add(*layer.network);
    if (found == model_.layer_outputs().end()) return;  // inside a loop
    SeenLayer& seen = layers.emplace_back(SeenLayer{.path = layer.path, .class_name = layer.whole_class_name(), .outputs = {}});
    for (const Shape& shape : found->second.shapes) {
      TensorSpec spec;
      for (const Dim& dim : shape) spec.shape.push_back(dim.varies ? std::nullopt : std::optional(dim.size));
      seen.outputs.push_back(spec.to_string());  // with one dtype, because models of different precision are compared, too
    }
  }

  const loader::KerasModel& model_;
  std::set<std::string> known_;
};

bool may_pair(const SeenLayer& a, const SeenLayer& b) { return a.class_name == b.class_name && a.outputs == b.outputs; }

// Pairs by the longest common subsequence of two lists of layers.
void pair_in_order(const std::vector<SeenLayer>& first, const std::vector<SeenLayer>& second, LayerPairs& result) {
  const std::vector<size_t> a = std::move(result.only_first), b = std::move(result.only_second);
  result.only_first.clear(), result.only_second.clear();
  const size_t width = b.size() + 1;
  std::vector<uint32_t> length((a.size() + 1) * width, 0);  // length of the best sequence from (i, j) on
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      uint32_t& best = length[i * width + j];
      best = std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
      if (may_pair(first[a[i]], second[b[j]])) best = std::max(best, length[(i + 1) * width + j + 1] + 1);
    }
  }
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (may_pair(first[a[i]], second[b[j]]) && length[i * width + j] == length[(i + 1) * width + j + 1] + 1)
      result.pairs.emplace_back(a[i++], b[j++]);
    else if (length[(i + 1) * width + j] >= length[i * width + j + 1])
      result.only_first.push_back(a[i++]);
    else
      result.only_second.push_back(b[j++]);
  }
  result.only_first.insert(result.only_first.end(), a.begin() + static_cast<std::ptrdiff_t>(i), a.end());
  result.only_second.insert(result.only_second.end(), b.begin() + static_cast<std::ptrdiff_t>(j), b.end());
}

}  // namespace

std::vector<SeenLayer> seen_layers(const loader::KerasModel& model) { return std::move(Collecting(model).layers); }

LayerPairs pair_layers(const std::vector<SeenLayer>& first, const std::vector<SeenLayer>& second) {
  std::unordered_map<std::string, size_t> by_path;
  for (size_t i = 0; i < second.size(); ++i) by_path.emplace(second[i].path, i);
  LayerPairs result;
  std::vector<bool> is_taken(second.size(), false);
  for (size_t i = 0; i < first.size(); ++i) {
    const auto found = by_path.find(first[i].path);
    if (found == by_path.end()) {
      result.only_first.push_back(i);
      continue;
    }
    result.pairs.emplace_back(i, found->second);
    is_taken[found->second] = true;
  }
  for (size_t i = 0; i < second.size(); ++i) {
    if (!is_taken[i]) result.only_second.push_back(i);
  }
  pair_in_order(first, second, result);
  std::sort(result.pairs.begin(), result.pairs.end());
  return result;
}

}  // namespace keraunos::cli
