// Global heaps hold the characters of strings of variable length.
#pragma once

#include <map>
#include <unordered_map>

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

class GlobalHeaps {
 public:
  explicit GlobalHeaps(const Image& image) : image_(image) {}

  /// The string that an element refers to by its length, the heap's address and a number in the heap. It ends at the first NUL,
  /// as in C. Every string is counted, because many elements may refer to one object.
  std::string string(Cursor& element);

 private:
  struct Object {
    uint64_t at = 0, bytes = 0;
  };
  struct Heap {
    Block block;
    std::unordered_map<uint16_t, Object> objects;
  };

  const Heap& heap(uint64_t address);

  const Image& image_;
  std::map<uint64_t, Heap> heaps_;
};

}  // namespace keraunos::files::hdf5
