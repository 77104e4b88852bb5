// In what order summary() lists layers. Keras 2 (2.15) sorts them whenever it builds a model from its config: those farthest from
// the outputs first, and layers equally far in the order in which a walk from the outputs comes upon them. That walk takes the
// tensors of a call by the names of its keywords, whatever order they were written in, so that the file's order may be another.
// Layers that no output needs come last, as listed.
#include <algorithm>
#include <map>
#include <numeric>

#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

// Calls in the order in which they are finished, each after those it depends on; and layers as they are met.
class Walk {
 public:
  explicit Walk(const Network& network) : network_(network), seen_(network.calls.size(), false) {
    for (int output : network.outputs) from(network.sources[static_cast<size_t>(output)].call);
  }

  std::vector<size_t> finished;
  std::map<int, int> met;  // layer → when

 private:
  struct Visit {
    size_t call;
    std::vector<const Source*> operands;
    size_t next = 0;
  };

  // A stack of its own: models may be thousands of layers deep.
  void from(int start) {
    enter(start);
    while (!stack_.empty()) {
      Visit& visit = stack_.back();
      if (visit.next < visit.operands.size()) {
        enter(visit.operands[visit.next++]->call);
        continue;
      }
      finished.push_back(visit.call);
      stack_.pop_back();
    }
  }

  void enter(int index) {
    const auto call = static_cast<size_t>(index);
    if (index < 0 || call >= seen_.size() || seen_[call]) return;
    seen_[call] = true;
    met.emplace(network_.calls[call].layer, static_cast<int>(met.size()));
    stack_.push_back({call, operands_of(network_, network_.calls[call])});
  }

  const Network& network_;
  std::vector<bool> seen_;
  std::vector<Visit> stack_;
};

// By layer: how far its farthest call is from the outputs.
std::map<int, int> depths_of(const Network& network, const Walk& walk) {
  std::vector<int> depth(network.calls.size(), 0);
  std::map<int, int> depths;
  for (size_t i = walk.finished.size(); i-- > 0;) {
    const size_t call = walk.finished[i];
    int& of_layer = depths[network.calls[call].layer];
    of_layer = depth[call] = std::max(depth[call], of_layer);
    for (const Source* operand : operands_of(network, network.calls[call])) {
      int& before = depth[static_cast<size_t>(operand->call)];
      before = std::max(before, depth[call] + 1);
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
  if (network.class_name == "Sequential") return order;
  Walk walk(network);
  std::map<int, int> depths = depths_of(network, walk);
  for (const NetworkInput& input : network.inputs) {  // one that no output needs
    const int layer = network.calls[static_cast<size_t>(input.call)].layer;
    if (depths.emplace(layer, 0).second) walk.met[layer] = -1;
  }
  const auto rank = [&](size_t index) {
    const auto found = depths.find(static_cast<int>(index));
    return found == depths.end() ? std::pair{1, 0} : std::pair{-found->second, walk.met.at(found->first)};
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
  return order;
}

}  // namespace keraunos::loader
