// One limit for all memory that a model file causes to be allocated while it is loaded (LoadOptions::max_bytes). Every reader
// debits it before it allocates for a size, a count or a string that the file states; it is passed with the bytes
// (ByteSource::budget), so that no reader lacks it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace keraunos::files {

/// Counts bytes. Its methods may be called from any thread.
class MemoryBudget {
 public:
  static constexpr uint64_t kUnlimited = UINT64_MAX;
  /// The default of LoadOptions::max_bytes, so that nothing is read without a limit.
  static constexpr uint64_t kUsual = uint64_t{64} << 30;

  explicit MemoryBudget(uint64_t limit = kUsual) : limit_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  uint64_t limit() const noexcept { return limit_; }
  uint64_t used() const noexcept { return used_.load(); }
  /// Debits memory that stays as long as the model. ModelError when that exceeds the limit; `what` names the data and its file.
  void take(uint64_t bytes, std::string_view what);
  void give_back(uint64_t bytes) noexcept { used_.fetch_sub(bytes); }

 private:
  uint64_t limit_;
  std::atomic<uint64_t> used_{0};
};

using SharedBudget = std::shared_ptr<MemoryBudget>;

/// Temporary memory: debited while this object lives.
class Debit {
 public:
  Debit() = default;
  Debit(MemoryBudget& budget, uint64_t bytes, std::string_view what) : budget_(&budget), bytes_(bytes) {
    budget.take(bytes, what);
  }
  Debit(Debit&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
  Debit& operator=(Debit&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Debit() {
    if (budget_ != nullptr) budget_->give_back(bytes_);
  }

 private:
  MemoryBudget* budget_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace keraunos::files
