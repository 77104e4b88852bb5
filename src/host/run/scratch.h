// Room on the stack for the short lists that a call makes of its inputs and outputs: a model that was called before asks the heap
// for nothing but its results. Longer lists than fit go to the heap by themselves.
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

  /// An empty list with room for `count`; valid as long as the scratch is.
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
