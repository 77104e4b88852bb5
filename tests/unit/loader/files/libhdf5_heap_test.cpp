#include <gtest/gtest.h>

#include <vector>

#include "loader/files/libhdf5/heap.h"

namespace keraunos::files {
namespace {

// A heap of `bytes` with one object of `size` bytes, the rest free.
std::vector<std::byte> heap(size_t bytes, uint64_t size, uint64_t free) {
  std::vector<std::byte> all(bytes);
  const auto put = [&](size_t at, uint64_t value, size_t count) {
    for (size_t i = 0; i < count && at + i < bytes; ++i) all[at + i] = static_cast<std::byte>(value >> (8 * i));
  };
  put(0, 0x014C4F4347, 5);  // "GCOL", 1
  put(8, bytes, 8);
  put(16, 1, 2);
  put(24, size, 8);
  put(32 + (size + 7) / 8 * 8 + 8, free, 8);
  return all;
}

TEST(Hdf5Heap, OneThatKerasWritesIsSound) {
  const auto good = heap(4096, 20, 4096 - 16 - 40);
  EXPECT_TRUE(begins_heap(good));
  EXPECT_EQ(stated_heap_bytes(good), 4096);
  EXPECT_TRUE(is_sound_heap(good));
  EXPECT_FALSE(begins_heap(std::vector<std::byte>(64)));
}

TEST(Hdf5Heap, ObjectsStayInside) {
  EXPECT_FALSE(is_sound_heap(heap(4096, 4096, 0)));
  EXPECT_FALSE(is_sound_heap(heap(64, ~uint64_t{0} - 3, 0)));
}

// The library would loop on the same object for ever.
TEST(Hdf5Heap, FreeSpaceHasASize) { EXPECT_FALSE(is_sound_heap(heap(4096, 20, 0))); }

}  // namespace
}  // namespace keraunos::files
