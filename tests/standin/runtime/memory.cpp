#include "standin/runtime/memory.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include "standin/runtime/device.h"
#include "standin/sanitizer.h"

namespace standin {
namespace {

constexpr size_t kPage = 4096, kZone = 256;
constexpr size_t kRegion = size_t{kThreadSanitizer ? 256u : 1024u} << 30;  // TSan leaves little address space
constexpr std::byte kHigh{0xFF};

std::byte pattern_at(const Memory::Block& block, const std::byte* address) {
  return reinterpret_cast<uintptr_t>(address) % 2 == 0 ? block.fill : kHigh;
}

void fill(const Memory::Block& block, std::byte* begin, std::byte* end) {
  while (begin < end && reinterpret_cast<uintptr_t>(begin) % 8 != 0) *begin = pattern_at(block, begin), ++begin;
  const uint64_t word = 0xFF00FF00FF00FF00u | static_cast<uint64_t>(block.fill) * 0x0001000100010001u;
  for (; begin + 8 <= end; begin += 8) std::memcpy(begin, &word, 8);
  for (; begin < end; ++begin) *begin = pattern_at(block, begin);
}

/// The first byte that fill() did not write; `end` when there is none.
std::byte* first_change(const Memory::Block& block, std::byte* begin, std::byte* end) {
  const uint64_t word = 0xFF00FF00FF00FF00u | static_cast<uint64_t>(block.fill) * 0x0001000100010001u;
  for (; begin < end; ++begin) {
    while (reinterpret_cast<uintptr_t>(begin) % 8 == 0 && begin + 8 <= end && std::memcmp(begin, &word, 8) == 0) begin += 8;
    if (begin == end || *begin != pattern_at(block, begin)) return begin;
  }
  return end;
}

}  // namespace

Memory::Memory() {
  void* const region = mmap(nullptr, kRegion, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) throw std::bad_alloc();
  base_ = next_ = static_cast<std::byte*>(region);
}

void* Memory::allocate(size_t bytes) {
  if (live_bytes_ + bytes > kDeviceMemory) return nullptr;
  const size_t pages = (kZone + bytes + kZone + kPage - 1) / kPage * kPage;
  if (pages > static_cast<size_t>(base_ + kRegion - next_)) return nullptr;
  Block block{next_, next_ + kZone, next_ + pages, bytes, serial_, static_cast<std::byte>(0xC1 + serial_ % 62)};
  ++serial_;
  next_ += pages;
  live_bytes_ += bytes;
  mprotect(block.begin, pages, PROT_READ | PROT_WRITE);
  fill(block, block.begin, block.end);
  poison(block.begin, kZone);
  poison(block.data + bytes, static_cast<size_t>(block.end - block.data) - bytes);
  if (!open_) mprotect(block.begin, pages, PROT_NONE);
  live_.emplace(block.begin, block);
  return block.data;
}

bool Memory::release(void* pointer) {
  const auto found = live_.find(static_cast<std::byte*>(pointer) - kZone);
  if (found == live_.end()) return false;
  const Block block = found->second;
  const auto pages = static_cast<size_t>(block.end - block.begin);
  live_.erase(found);
  freed_.emplace(block.begin, block);
  live_bytes_ -= block.bytes;
  mprotect(block.begin, pages, PROT_NONE);
  madvise(block.begin, pages, MADV_DONTNEED);
  return true;
}

const Memory::Block* Memory::live(const void* address) const {
  const auto* const a = static_cast<const std::byte*>(address);
  auto after = live_.upper_bound(a);
  if (after == live_.begin()) return nullptr;
  const Block& block = (--after)->second;
  return a >= block.data && a <= block.data + block.bytes ? &block : nullptr;
}

bool Memory::holds(const void* address, size_t bytes) const {
  const Block* const block = live(address);
  return block != nullptr && bytes <= static_cast<size_t>(block->data + block->bytes - static_cast<const std::byte*>(address));
}

bool Memory::in_region(const void* address) const {
  const auto* const a = static_cast<const std::byte*>(address);
  return a >= base_ && a < base_ + kRegion;
}

std::string Memory::describe(const void* address) const {
  const auto* const a = static_cast<const std::byte*>(address);
  if (!in_region(address)) return "an address that is not of the device";
  for (const auto* const blocks : {&live_, &freed_}) {
    auto after = blocks->upper_bound(a);
    if (after == blocks->begin()) continue;
    const Block& block = (--after)->second;
    if (a >= block.end) continue;
    return "byte " + std::to_string(a - block.data) + " of " + (blocks == &freed_ ? "a freed " : "an ") + "allocation of " +
           std::to_string(block.bytes) + " bytes (number " + std::to_string(block.serial) + ")";
  }
  return "device memory that was never allocated";
}

void Memory::open() {
  if (!open_) protect(PROT_READ | PROT_WRITE);
  open_ = true;
}

void Memory::close() {
  if (open_) protect(PROT_NONE);
  open_ = false;
}

// Neighbouring blocks are protected in one call.
void Memory::protect(int protection) const {
  for (auto i = live_.begin(); i != live_.end();) {
    std::byte *const begin = i->second.begin, *end = i->second.end;
    for (++i; i != live_.end() && i->second.begin == end; ++i) end = i->second.end;
    mprotect(begin, static_cast<size_t>(end - begin), protection);
  }
}

std::string Memory::damage(const Block& block) {
  if constexpr (kAddressSanitizer) return {};  // ASan reports the store itself
  const auto check = [&](std::byte* begin, std::byte* end) -> std::string {
    std::byte* const changed = first_change(block, begin, end);
    if (changed == end) return {};
    std::string text = "a store outside of an allocation: " + describe(changed);
    fill(block, begin, end);
    return text;
  };
  std::string text = check(block.begin, block.data);
  return text.empty() ? check(block.data + block.bytes, block.end) : text;
}

std::string Memory::damage() {
  for (const auto& [begin, block] : live_) {
    if (std::string text = damage(block); !text.empty()) return text;
  }
  return {};
}

}  // namespace standin
