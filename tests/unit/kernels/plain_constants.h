// Constants for tests that run nodes one by one: packed once for each tensor and layout, as ConstantStore does. Records which
// operands of the current node were packed, because the pointer of such an operand is null when the step runs.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/run/device.h"

namespace keraunos::host {

class PlainConstants final : public Constants {
 public:
  explicit PlainConstants(const Graph& graph) : graph_(graph) {}
  std::shared_ptr<const void> packed(const Node& node, size_t operand, const std::string& layout,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    packed_.push_back(operand);
    const Tensor* constant = graph_.info(node.in[operand]).constant.get();
    std::shared_ptr<const void>& kept = kept_[{constant, layout}];
    if (!kept) kept = make(*constant);
    return kept;
  }

  void next_node() { packed_.clear(); }
  bool was_packed(size_t operand) const { return std::find(packed_.begin(), packed_.end(), operand) != packed_.end(); }

 private:
  const Graph& graph_;
  std::vector<size_t> packed_;
  std::map<std::pair<const Tensor*, std::string>, std::shared_ptr<const void>> kept_;
};

}  // namespace keraunos::host
