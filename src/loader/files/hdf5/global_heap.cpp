// "GCOL", then objects: number (0: free space), references, size, and the data padded to a multiple of 8. The size of the free
// space includes its own 16 bytes of header, the sizes of objects do not.
#include "loader/files/hdf5/global_heap.h"

#include <algorithm>

namespace keraunos::files::hdf5 {
namespace {

constexpr const char* kGlobalHeap = "global heap";

}  // namespace

const GlobalHeaps::Heap& GlobalHeaps::heap(uint64_t address) {
  const auto known = heaps_.find(address);
  if (known != heaps_.end()) return known->second;
  const auto head_bytes = static_cast<uint64_t>(8 + image_.sizes.length);
  const Block head = image_.read(address, head_bytes, kGlobalHeap);
  Cursor start = image_.cursor(head, kGlobalHeap);
  start.expect_signature("GCOL");
  start.version({1});
  start.skip(3);
  const uint64_t size = start.length();
  if (size < head_bytes) start.fail("it states " + std::to_string(size) + " bytes");
  Heap heap{.block = image_.read(address, size, kGlobalHeap), .objects = {}};
  Cursor cursor = image_.cursor(heap.block, kGlobalHeap);
  cursor.skip(head_bytes);
  const auto object_head = static_cast<uint64_t>(8 + image_.sizes.length);
  while (cursor.left() >= object_head) {
    const uint16_t number = cursor.u16();
    cursor.skip(6);
    const uint64_t bytes = cursor.length();
    if (number == 0) break;  // free space up to the end
    if (!heap.objects.emplace(number, Object{cursor.done(), bytes}).second)
      cursor.fail("it holds two objects " + std::to_string(number));
    cursor.skip(bytes);
    cursor.skip(std::min((8 - bytes % 8) % 8, cursor.left()));
  }
  constexpr uint64_t kEntry = 64;  // estimated bytes of a map entry
  image_.budget().take(heap.objects.size() * kEntry, "a heap of strings in '" + image_.source().name() + "'");
  return heaps_.emplace(address, std::move(heap)).first->second;
}

std::string GlobalHeaps::string(Cursor& element) {
  const uint64_t length = element.u32(), address = element.address();
  const auto number = element.u32();
  if (length == 0 || address == 0 || address == kNowhere) return {};
  const Heap& found = heap(address);
  const auto object = found.objects.find(static_cast<uint16_t>(number));
  if (number > UINT16_MAX || object == found.objects.end()) element.fail("its heap has no object " + std::to_string(number));
  if (length > object->second.bytes)
    element.fail("its string of " + std::to_string(length) + " bytes is longer than the " + std::to_string(object->second.bytes) +
                 " that its heap holds");
  image_.count_metadata(length);
  const auto* start = reinterpret_cast<const char*>(found.block.bytes.data() + object->second.at);
  return {start, std::find(start, start + length, '\0')};
}

}  // namespace keraunos::files::hdf5
