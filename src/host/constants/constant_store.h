// Every constant is known by a structural hash: leaves by their contents, results by the operation and the hashes of its operands. What was
// evaluated, uploaded or packed once is shared by all plans, batch sizes and threads of a model.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "host/graph/graph.h"
#include "host/run/device.h"

namespace keraunos::host {

class ConstantStore {
 public:
  /// `evaluator` computes on the host (the CPU device); `device` is where the model runs, often the same.
  ConstantStore(std::shared_ptr<DeviceRuntime> evaluator, std::shared_ptr<DeviceRuntime> device)
      : evaluator_(std::move(evaluator)), device_(std::move(device)) {}

  /// Replaces every node whose operands are all constant by its result, except where the result would be much larger than what it is made of.
  void fold(Graph& graph);

  std::shared_ptr<const void> on_device(const std::shared_ptr<const Tensor>& tensor);
  std::shared_ptr<const void> packed(const std::shared_ptr<const Tensor>& tensor, const std::string& layout,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make);
  /// Bytes of evaluated constants beyond the weights as saved.
  int64_t evaluated_bytes() const;

 private:
  uint64_t hash_of_leaf(const std::shared_ptr<const Tensor>& tensor);
  std::vector<std::shared_ptr<const Tensor>> evaluate(const Graph& graph, const Node& node);

  std::shared_ptr<DeviceRuntime> evaluator_, device_;
  mutable std::mutex mutex_;
  struct Leaf {
    std::shared_ptr<const Tensor> tensor;  // held, so that its address names it for as long as the store lives
    uint64_t hash;
  };
  std::unordered_map<const Tensor*, Leaf> leaves_;
  std::unordered_map<uint64_t, std::vector<std::shared_ptr<const Tensor>>> results_;
  std::unordered_map<uint64_t, std::shared_ptr<const void>> uploads_;
  std::unordered_map<std::string, std::shared_ptr<const void>> packs_;
};

}  // namespace keraunos::host
