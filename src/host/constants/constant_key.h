// What makes two constants one: leaves of equal contents, and results of equal operations on constants that are one. Equality
// decides; the hash, which has no addresses in it and so is the same in every process, only finds candidates.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

/// Equal constants of one ConstantKeys have one key, so that its pointer is compared. It keeps small leaves, but not weights.
struct ConstantKey {
  uint64_t hash = 0;
  std::shared_ptr<const Tensor> literal{};  ///< a small leaf
  std::weak_ptr<const Tensor> weights{};    ///< a large one; a new tensor never takes the place of one that is gone
  Op op{};  ///< of a result: the operation, its operands (null: absent) and results, and which one this is
  std::vector<std::shared_ptr<const ConstantKey>> operands{};
  std::vector<TensorType> results{};
  size_t output = 0;
  bool is_leaf = false;
};
using ConstantKeyPointer = std::shared_ptr<const ConstantKey>;

/// The keys of one store. Threads may ask at once.
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
  std::unordered_map<const Tensor*, std::weak_ptr<const ConstantKey>> weights_;  // asked first: contents are read once
  std::unordered_multimap<uint64_t, std::weak_ptr<const ConstantKey>> known_;
  size_t forget_at_ = 256;
};

}  // namespace keraunos::host
