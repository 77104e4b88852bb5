// One dataset: its description and its elements.
#pragma once

#include <mutex>
#include <optional>

#include "loader/files/hdf5.h"
#include "loader/files/hdf5/attributes.h"
#include "loader/files/hdf5/chunks.h"

namespace keraunos::files::hdf5 {

bool is_dataset(const Header& header);

class StoredDataset {
 public:
  /// Malformed for elements that are no numbers, and for storage that is refused or impossible.
  StoredDataset(const Image& image, const Header& header, const std::vector<Attribute>& attributes);

  const Hdf5File::Dataset& description() const noexcept { return description_; }
  /// `target` has description().bytes. Any thread may call it.
  void read(std::span<std::byte> target) const;

 private:
  void measure();
  void check_storage(const Header& header);
  void check_expansion(uint64_t stored) const;
  void locate();
  void read_chunks_into(std::span<std::byte> target) const;
  std::vector<std::byte> chunk_bytes(const Chunk& chunk) const;
  bool reaches_over(const std::vector<uint64_t>& coordinates) const;
  void fill(std::span<std::byte> target) const;
  const std::vector<Chunk>& chunks() const;

  const Image& image_;
  ElementType type_;
  Extents extents_;
  Layout layout_;
  std::vector<Filter> filters_;
  std::vector<std::byte> fill_value_;
  std::optional<Grid> grid_;
  Hdf5File::Dataset description_;
  mutable std::once_flag listed_;
  mutable std::vector<Chunk> chunks_;
};

}  // namespace keraunos::files::hdf5
