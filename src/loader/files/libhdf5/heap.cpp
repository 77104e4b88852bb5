#include "loader/files/libhdf5/heap.h"

#include <cstring>

namespace keraunos::files {
namespace {

constexpr size_t kObjectHeaderBytes = 16;

uint64_t number(std::span<const std::byte> bytes, size_t at, size_t count) {  // little endian
  uint64_t value = 0;
  for (size_t i = count; i > 0; --i) value = value << 8 | std::to_integer<uint64_t>(bytes[at + i - 1]);
  return value;
}

}  // namespace

bool begins_heap(std::span<const std::byte> bytes) {
  return bytes.size() >= static_cast<size_t>(kHeapHeaderBytes) && std::memcmp(bytes.data(), "GCOL\1\0\0\0", 8) == 0;
}

int64_t stated_heap_bytes(std::span<const std::byte> beginning) {
  const uint64_t size = number(beginning, 8, 8);
  return size > static_cast<uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<int64_t>(size);
}

bool is_sound_heap(std::span<const std::byte> heap) {
  size_t at = static_cast<size_t>(kHeapHeaderBytes);
  while (heap.size() - at >= kObjectHeaderBytes) {
    const uint64_t index = number(heap, at, 2), size = number(heap, at + 8, 8), room = heap.size() - at;
    if (index == 0 && (size < kObjectHeaderBytes || size > room)) return false;
    if (index != 0 && size > room - kObjectHeaderBytes) return false;
    const uint64_t whole = index == 0 ? size : kObjectHeaderBytes + (size + 7) / 8 * 8;
    if (whole > room) return false;
    at += static_cast<size_t>(whole);
  }
  return true;
}

}  // namespace keraunos::files
