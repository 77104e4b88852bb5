// Constants for tests that run nodes one by one: packed anew each time. Notes which operands of the node at hand were packed, since such an
// operand's pointer is null when the step runs.
#pragma once

#include <algorithm>
#include <vector>

#include "host/run/device.h"

namespace keraunos::host {

class PlainConstants final : public Constants {
 public:
  explicit PlainConstants(const Graph& graph) : graph_(graph) {}
  std::shared_ptr<const void> packed(const Node& node, size_t operand, const std::string&,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    packed_.push_back(operand);
    return make(*graph_.info(node.in[operand]).constant);
  }

  void next_node() { packed_.clear(); }
  bool was_packed(size_t operand) const { return std::find(packed_.begin(), packed_.end(), operand) != packed_.end(); }

 private:
  const Graph& graph_;
  std::vector<size_t> packed_;
};

}  // namespace keraunos::host
