// Every constant has a key (constant_key.h), which equal constants share. What was evaluated, uploaded or packed once is shared by
// all plans, batch sizes and threads of a model. Large results are computed when a device asks for them and forgotten when nobody
// holds them: a folded kernel lives only while it is packed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "host/constants/constant_key.h"
#include "host/graph/graph.h"
#include "host/run/device.h"

namespace keraunos::host {

/// One result of a node whose operands are all constant.
struct Folded {
  std::shared_ptr<const Graph> graph;  ///< this node alone and its operands
  size_t output;                       ///< which of its results
  ConstantKeyPointer key;              ///< of this result
};

class ConstantStore {
 public:
  /// `evaluator` computes on the host (the CPU device); `device` is where the model runs, often the same.
  ConstantStore(std::shared_ptr<DeviceRuntime> evaluator, std::shared_ptr<DeviceRuntime> device)
      : evaluator_(std::move(evaluator)), device_(std::move(device)) {}

  /// Takes out every node whose operands are all constant, except where the result would be much larger than what it is made of. Results
  /// become constants; large ones are not computed yet.
  void fold(Graph& graph);

  /// The contents of a constant, computed if nobody holds them.
  std::shared_ptr<const Tensor> contents(const ValueInfo& constant);
  std::shared_ptr<const void> on_host(const ValueInfo& constant);
  std::shared_ptr<const void> on_device(const ValueInfo& constant);
  std::shared_ptr<const void> packed(const ValueInfo& constant, const std::string& layout,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make);

 private:
  std::vector<std::shared_ptr<const Tensor>> evaluate(const Graph& graph, const Node& node);
  std::shared_ptr<const Tensor> find(const ConstantKeyPointer& key) const;

  std::shared_ptr<DeviceRuntime> evaluator_, device_;
  mutable std::mutex mutex_;
  ConstantKeys keys_;
  std::unordered_map<ConstantKeyPointer, std::shared_ptr<const Tensor>> small_;
  std::unordered_map<ConstantKeyPointer, std::weak_ptr<const Tensor>> large_;
  std::unordered_map<ConstantKeyPointer, std::shared_ptr<const void>> uploads_;
  std::map<std::pair<ConstantKeyPointer, std::string>, std::shared_ptr<const void>> packs_;  // by layout
};

}  // namespace keraunos::host
