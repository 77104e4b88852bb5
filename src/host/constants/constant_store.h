// Every constant has a key (constant_key.h), which equal constants share. All plans, batch sizes and threads of a model share
// what was evaluated, uploaded or packed once. Plans own it: the store finds only what a plan still holds, so uploads and
// packings are freed with the last plan that uses them. Large results are computed when a device asks for them and freed when
// they are packed; small ones are kept for later plans within a budget of bytes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "host/constants/constant_key.h"
#include "host/constants/uploader.h"
#include "host/graph/graph.h"
#include "host/run/device.h"
#include "host/run/least_recent.h"

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
      : evaluator_(std::move(evaluator)), device_(std::move(device)), uploader_(device_) {}

  /// Replaces the results of every node whose operands are all constant by constants, unless a result would be much larger than
  /// its operands. Large results are not computed yet. Does the same in the graphs of loops and branches.
  void fold(Graph& graph);

  /// The contents of a constant, computed if no one holds them.
  std::shared_ptr<const Tensor> contents(const ValueInfo& constant);
  /// Adds to `made` the bytes that no plan held before this call; they count as the asking plan's.
  std::shared_ptr<const void> on_host(const ValueInfo& constant, int64_t* made = nullptr);
  std::shared_ptr<const void> on_device(const ValueInfo& constant, int64_t* made = nullptr);
  std::shared_ptr<const void> packed(const ValueInfo& constant, const std::string& layout,
                                     const std::function<std::shared_ptr<const void>(const Tensor&)>& make,
                                     int64_t* made = nullptr);

  /// Forgets results that no plan holds.
  void trim();
  /// Bytes in use by any owner, without `weights`, and the buffers for uploads. A packing counts as many bytes as the constant it
  /// was made from.
  struct Bytes {
    int64_t host = 0, device = 0;
  };
  Bytes bytes(const std::unordered_set<const Tensor*>& weights) const;

 private:
  /// Memory that plans own; expires with the last of them.
  struct Shared {
    std::weak_ptr<const void> memory;
    int64_t bytes = 0;
  };
  std::vector<std::shared_ptr<const Tensor>> evaluate(const Graph& graph, const Node& node);
  void fold_nested(const Graph& graph, Node& node);
  std::shared_ptr<const Tensor> find(const ConstantKeyPointer& key);
  /// Remembers a tensor that a plan will read; false if a plan reads it already.
  bool is_new(const std::shared_ptr<const Tensor>& tensor);
  /// Removes expired entries from all tables whenever the tables have doubled. The caller holds the lock.
  void sweep_if_grown();
  void sweep();

  std::shared_ptr<DeviceRuntime> evaluator_, device_;
  Uploader uploader_;
  mutable std::mutex mutex_;
  struct Result {
    std::weak_ptr<const Tensor> tensor;
    int64_t bytes = 0;  // 0 where the memory belongs to an operand
  };
  ConstantKeys keys_;
  std::unordered_map<const Tensor*, std::weak_ptr<const Tensor>> read_;  // tensors that plans read without a copy
  std::unordered_map<ConstantKeyPointer, Result> results_;
  std::unordered_map<ConstantKeyPointer, Shared> uploads_;
  std::map<std::pair<ConstantKeyPointer, std::string>, Shared> packs_;  // by layout
  struct Kept {
    ConstantKeyPointer key;
    std::shared_ptr<const Tensor> tensor;
  };
  static constexpr int64_t kKeptBytes = int64_t{16} << 20;
  LeastRecent<Kept> kept_{kKeptBytes};  // small results for future plans
  size_t swept_size_ = 64;
};

}  // namespace keraunos::host
