// Defines when two constants are equal: leaves with equal contents, and results of equal operations on equal constants. The hash
// finds candidates, a comparison decides. The hash contains no addresses, so that it is the same in every process.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// Equal constants of one ConstantKeys have one key, so pointers of keys are compared. A key keeps small leaves in memory, but
/// not weights.
struct ConstantKey {
  uint64_t hash = 0;
  std::shared_ptr<const Tensor> literal{};  ///< a small leaf
  std::weak_ptr<const Tensor> weights{};    ///< a large leaf; never equal to a new tensor after the old one is freed
  Op op{};  ///< for a result: the operation, its operands (null: absent), all results, and the index of this one
  std::vector<std::shared_ptr<const ConstantKey>> operands{};
  std::vector<TensorType> results{};
  size_t output = 0;
  bool is_leaf = false;
};
using ConstantKeyPointer = std::shared_ptr<const ConstantKey>;

/// The keys of one store. Thread-safe.
class ConstantKeys {
 public:
  ConstantKeyPointer of(const ValueInfo& constant);
  /// The key of a result of a node whose operands are all constant.
  ConstantKeyPointer of_result(const Graph& graph, const Node& node, size_t output);

 private:
  ConstantKeyPointer of_leaf(const std::shared_ptr<const Tensor>& tensor);
  ConstantKeyPointer shared(ConstantKey key);
  void forget_unused();

  std::mutex mutex_;
  std::unordered_map<const Tensor*, std::weak_ptr<const ConstantKey>> weights_;  // searched first, so that contents are read once
  std::unordered_multimap<uint64_t, std::weak_ptr<const ConstantKey>> known_;
  size_t forget_at_ = 256;
};

}  // namespace keraunos::host
