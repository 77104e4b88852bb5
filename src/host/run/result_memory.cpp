#include "host/run/result_memory.h"

#include <algorithm>
#include <iterator>

#include "host/api/host_memory.h"

namespace keraunos::host {
namespace {

constexpr int64_t kAlignment = 64;  // as Tensor promises

// A quarter of a kept block may stay unused: batch sizes vary.
bool fits(int64_t block, int64_t asked) { return block >= asked && block - asked <= block / 4; }

}  // namespace

Tensor ResultMemory::tensor(DType type, const Dims& dims) {
  const int64_t bytes = dims.elements() * size_of(type);
  if (bytes < kLarge || type == DType::string) return {type, dims};
  return Tensor::adopted(take(bytes), type, dims);
}

std::shared_ptr<void> ResultMemory::take(int64_t bytes) {
  Blocks old, one;  // `old` is freed after the lock is released
  {
    const std::lock_guard lock(mutex_);
    ++taken_;
    while (!kept_.empty() && taken_ - kept_.front().returned > kMostAge) {
      kept_bytes_ -= kept_.front().bytes;
      old.splice(old.end(), kept_, kept_.begin());
    }
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Block& kept) { return fits(kept.bytes, bytes); });
    if (found != kept_.rend()) {
      kept_bytes_ -= found->bytes;
      one.splice(one.end(), kept_, std::next(found).base());
    }
  }
  old.clear();
  if (one.empty()) one.push_back({.memory = allocate_aligned(bytes, kAlignment), .bytes = bytes});
  void* const first = one.front().memory.get();
  return {first, [owner = weak_from_this(), one = std::move(one)](void*) mutable {
            if (const auto memory = owner.lock()) memory->give_back(std::move(one));
          }};
}

void ResultMemory::give_back(Blocks one) noexcept {
  if (one.front().bytes > kMostBytes) return;
  Blocks old;  // freed after the lock is released
  const std::lock_guard lock(mutex_);
  one.front().returned = taken_;
  kept_bytes_ += one.front().bytes;
  kept_.splice(kept_.end(), one);
  while (kept_bytes_ > kMostBytes) {
    kept_bytes_ -= kept_.front().bytes;
    old.splice(old.end(), kept_, kept_.begin());
  }
}

void ResultMemory::trim() {
  Blocks freed;
  const std::lock_guard lock(mutex_);
  freed.swap(kept_);
  kept_bytes_ = 0;
}

int64_t ResultMemory::bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

}  // namespace keraunos::host
