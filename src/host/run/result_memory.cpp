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
  std::vector<Block> old;  // freed after the lock is released
  Block block;
  {
    const std::lock_guard lock(mutex_);
    ++taken_;
    const auto too_old = [&](const Block& kept) { return taken_ - kept.returned > kMostAge; };
    const auto young = std::find_if_not(kept_.begin(), kept_.end(), too_old);  // in order of their return
    old.assign(std::make_move_iterator(kept_.begin()), std::make_move_iterator(young));
    kept_.erase(kept_.begin(), young);
    for (const Block& gone : old) kept_bytes_ -= gone.bytes;
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Block& kept) { return fits(kept.bytes, bytes); });
    if (found != kept_.rend()) {
      block = std::move(*found);
      kept_bytes_ -= block.bytes;
      kept_.erase(std::next(found).base());
    }
  }
  old.clear();
  if (block.memory == nullptr) block = {.memory = allocate_aligned(bytes, kAlignment), .bytes = bytes};
  void* const first = block.memory.get();
  return {first, [owner = weak_from_this(), block = std::move(block)](void*) mutable {
            if (const auto memory = owner.lock()) memory->give_back(std::move(block));
          }};
}

void ResultMemory::give_back(Block block) noexcept {
  if (block.bytes > kMostBytes) return;
  std::vector<Block> old;  // freed after the lock is released
  try {
    const std::lock_guard lock(mutex_);
    const int64_t added = block.bytes;
    block.returned = taken_;
    kept_.push_back(std::move(block));
    kept_bytes_ += added;
    auto first = kept_.begin();
    while (kept_bytes_ > kMostBytes) kept_bytes_ -= (first++)->bytes;
    old.assign(std::make_move_iterator(kept_.begin()), std::make_move_iterator(first));
    kept_.erase(kept_.begin(), first);
  } catch (...) {  // no memory for the lists: the block is freed
  }
}

void ResultMemory::trim() {
  std::vector<Block> freed;
  const std::lock_guard lock(mutex_);
  freed.swap(kept_);
  kept_bytes_ = 0;
}

int64_t ResultMemory::bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

}  // namespace keraunos::host
