// HDF5 1.10 does not check the heaps that hold strings of variable length: with a heap whose objects extend beyond its end, or
// whose free space has size 0, it reads outside its memory or does not return. So each heap is checked before the library reads
// it.
//
// A heap: "GCOL", version 1, three bytes, its size (8 bytes); then objects: number (2 bytes; 0: free space), references (2),
// unused (4), size (8), and the data padded to a multiple of 8. The size of the free space includes its own 16 bytes of header,
// the sizes of objects do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keraunos::files {

constexpr int64_t kHeapHeaderBytes = 16;

bool begins_heap(std::span<const std::byte> bytes);
/// The size that a heap states.
int64_t stated_heap_bytes(std::span<const std::byte> beginning);
/// `heap` must be the whole heap.
bool is_sound_heap(std::span<const std::byte> heap);

}  // namespace keraunos::files
