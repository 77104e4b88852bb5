// HDF5 1.10 trusts the heaps that hold strings of variable length: one whose objects run over its end, or whose free space has no
// size, makes it copy from anywhere or never come back. So a heap is looked through before the library gets it.
//
// A heap: "GCOL", version 1, three bytes, its size (8 bytes); then objects: number (2 bytes; 0 is what is free), references (2),
// nothing (4), size (8), and the data up to a multiple of 8. The size of the free object counts its own 16 bytes, the others' do
// not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keraunos::files {

constexpr int64_t kHeapHeaderBytes = 16;

bool begins_heap(std::span<const std::byte> bytes);
/// The size that a heap states.
int64_t stated_heap_bytes(std::span<const std::byte> beginning);
/// `heap` is all of it.
bool is_sound_heap(std::span<const std::byte> heap);

}  // namespace keraunos::files
