// Gives a device the constants that it packs while a node is prepared, and keeps them in the plan.
#pragma once

#include <algorithm>

#include "host/plan/plan.h"

namespace keraunos::host {

class PlannedConstants final : public Constants {
 public:
  PlannedConstants(const Graph& graph, ConstantStore& store, Plan& plan) : graph_(graph), store_(store), plan_(plan) {}

  std::shared_ptr<const void> packed(const Node& node, size_t operand, const std::string& layout,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make) override {
    const ValueInfo& constant = graph_.info(node.in[operand]);
    auto memory = store_.packed(constant, layout, make, &plan_.constant_bytes);
    plan_.constants.push_back({memory, bytes_of(constant)});
    packed_.push_back(operand);
    return memory;
  }
  bool was_packed(size_t operand) const { return std::find(packed_.begin(), packed_.end(), operand) != packed_.end(); }

 private:
  const Graph& graph_;
  ConstantStore& store_;
  Plan& plan_;
  std::vector<size_t> packed_;
};

}  // namespace keraunos::host
