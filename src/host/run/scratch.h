// Stack memory for the short lists of inputs and outputs that a call makes: a model that was called before allocates only its
// results. Longer lists are allocated on the heap.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <vector>

namespace keraunos::host {

template <class T>
using List = std::pmr::vector<T>;

class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// An empty list with capacity for `count`; valid as long as the scratch.
  template <class T>
  List<T> list(size_t count) {
    List<T> result(&memory_);
    result.reserve(count);
    return result;
  }

 private:
  alignas(std::max_align_t) std::array<std::byte, 4096> room_;
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
};

}  // namespace keraunos::host
