// Fractal heaps hold the links and attributes of a group or dataset that has many of them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

/// The bytes of an object, valid until the heap's next object is read.
struct Piece {
  std::span<const std::byte> bytes;
  uint64_t position = 0;
};

class FractalHeap {
 public:
  FractalHeap(const Image& image, uint64_t address);

  /// The object with this ID. Every access is counted, because many IDs may refer to one object.
  Piece object(std::span<const std::byte> id);

 private:
  struct Place {
    uint64_t address = 0, bytes = 0;
  };

  void read_header(uint64_t address);
  void list_direct(uint64_t address, uint64_t heap_offset, uint64_t bytes);
  void list_indirect(uint64_t address, uint64_t heap_offset, uint64_t rows, int depth);
  uint64_t row_bytes(uint64_t row) const;
  Piece managed(Cursor& id);
  Piece tiny(std::span<const std::byte> id) const;
  Piece huge(Cursor& id);
  const std::map<uint64_t, Place>& huge_objects();

  const Image& image_;
  uint64_t address_ = 0, id_bytes_ = 0, most_managed_ = 0, width_ = 0, first_bytes_ = 0, most_direct_ = 0, heap_bits_ = 0,
           huge_index_ = kNowhere;
  bool has_checksums_ = false;
  std::map<uint64_t, Place> direct_;               // by offset in the heap
  std::map<uint64_t, Block> blocks_;               // the blocks of direct_ that were read
  std::optional<std::map<uint64_t, Place>> huge_;  // by number
  Block huge_block_;
};

}  // namespace keraunos::files::hdf5
