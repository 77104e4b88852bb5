// Device memory: one reserved address range that the host may access only while operations run. Every allocation has its own
// pages,
//
//     | front zone 256 | data … | back zone, 256 bytes and up to the page's end |
//
// New bytes and zones are NaN in every float type, with a payload that is specific to the allocation, so that a value read past
// the end of one array and written past the end of another is detected. Freed memory stays protected for ever.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace standin {

class Memory {
 public:
  struct Block {
    std::byte *begin, *data, *end;  ///< pages; data
    size_t bytes;
    uint64_t serial;
    std::byte fill;  ///< the low byte of each 16-bit word; the high byte is 0xFF
  };

  Memory();
  /// Null when the device is full.
  void* allocate(size_t bytes);
  /// False for an address that cudaMalloc did not return, or that was freed.
  bool release(void* pointer);

  /// The live block whose data, or the end of whose data, the address is in.
  const Block* live(const void* address) const;
  bool holds(const void* address, size_t bytes) const;
  bool in_region(const void* address) const;
  /// "byte 12 of a freed allocation of 64 bytes (the 3rd)".
  std::string describe(const void* address) const;

  /// Permits accesses to live blocks, which operations need; close() ends that.
  void open();
  void close();

  /// Describes changed bytes in a block's zones, and restores them; empty when there are none.
  std::string damage(const Block& block);
  /// The same for all blocks.
  std::string damage();

  size_t live_bytes() const { return live_bytes_; }

 private:
  void protect(int protection) const;

  std::byte *base_ = nullptr, *next_ = nullptr;
  std::map<const std::byte*, Block> live_, freed_;
  uint64_t serial_ = 0;
  size_t live_bytes_ = 0;
  bool open_ = false;
};

}  // namespace standin
