// Memory of large results: freed results are kept for the next calls of the model, because the pages of fresh memory cost a page
// fault each and are cleared first. Example:
//   const auto memory = std::make_shared<ResultMemory>();
//   Tensor result = memory->tensor(DType::float32, dims);   // its memory returns to `memory` when the result is destroyed
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "keraunos/tensor.h"

namespace keraunos::host {

/// For any number of threads. Results may outlive it.
class ResultMemory : public std::enable_shared_from_this<ResultMemory> {
 public:
  static constexpr int64_t kLarge = int64_t{4} << 20;        ///< bytes; smaller results are allocated and freed as usual
  static constexpr int64_t kMostBytes = int64_t{512} << 20;  ///< that are kept while no result uses them
  static constexpr int64_t kMostAge = 64;                    ///< large results for which a kept block was not used

  /// Elements are not initialised. DeviceError when memory cannot be had.
  Tensor tensor(DType type, const Dims& dims);
  /// Frees what no result uses.
  void trim();
  /// Bytes that no result uses.
  int64_t bytes() const;

 private:
  struct Block {
    std::shared_ptr<void> memory;
    int64_t bytes = 0;
    int64_t returned = 0;  // the value of `taken_` then
  };
  using Blocks = std::list<Block>;  // moved from list to list, so that returning a block allocates nothing
  std::shared_ptr<void> take(int64_t bytes);
  void give_back(Blocks one) noexcept;

  mutable std::mutex mutex_;
  Blocks kept_;  // the block returned last is the last
  int64_t kept_bytes_ = 0, taken_ = 0;
};

}  // namespace keraunos::host
