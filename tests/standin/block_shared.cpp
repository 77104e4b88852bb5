#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "standin/block.h"

namespace standin {
namespace {

constexpr size_t kSharedGuard = 64;  // bytes after shared memory whose value must not change
constexpr std::byte kUntouched{0xFF}, kGuarded{0xA5};

}  // namespace

// Shared memory is allocated with its exact size for every block, so that a sanitizer sees accesses outside, and contains no
// values of an earlier block.
void BlockRunner::allocate_shared() {
  const size_t bytes = launch_.shared_bytes;
  shared_ = static_cast<std::byte*>(std::malloc(kAddressSanitizer ? std::max<size_t>(bytes, 1) : bytes + kSharedGuard));
  std::memset(shared_, static_cast<int>(kUntouched), bytes);
  if constexpr (!kAddressSanitizer) std::memset(shared_ + bytes, static_cast<int>(kGuarded), kSharedGuard);
}

std::optional<Fault> BlockRunner::release_shared() {
  std::optional<Fault> fault;
  if constexpr (!kAddressSanitizer) {
    const std::byte* const guard = shared_ + launch_.shared_bytes;
    const std::byte* const hit = std::find_if(guard, guard + kSharedGuard, [](std::byte b) { return b != kGuarded; });
    if (hit != guard + kSharedGuard) {
      fault = Fault{cudaErrorIllegalAddress, "a store past the end of shared memory: byte " + std::to_string(hit - shared_) +
                                                 " of " + std::to_string(launch_.shared_bytes) + " was written in " + where()};
    }
  }
  std::free(shared_);
  shared_ = nullptr;
  return fault;
}

}  // namespace standin
