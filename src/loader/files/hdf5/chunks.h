// Finds the chunks of a dataset through the indexes of all HDF5 versions.
#pragma once

#include <vector>

#include "loader/files/hdf5/layout.h"
#include "loader/files/hdf5/types.h"

namespace keraunos::files::hdf5 {

struct Chunk {
  uint64_t place = 0;  ///< in the grid of chunks, row-major
  uint64_t address = 0;
  uint64_t bytes = 0;  ///< as stored
  uint32_t mask = 0;   ///< filters that were not applied
};

/// The grid of chunks over a dataset.
struct Grid {
  static constexpr uint64_t kMostChunks = 1'000'000;
  static constexpr uint64_t kMostChunkBytes = uint64_t{1} << 30;

  static constexpr uint64_t kMostNumbers = 4'000'000;  ///< of an array index

  /// Malformed when the chunks do not fit the dataset or are too large.
  Grid(const Layout& layout, const Extents& extents, const ElementType& type);
  /// Malformed when there are too many chunks.
  void check_count() const;

  size_t rank() const { return chunk.size(); }
  /// The place of the chunk at these coordinates, counted in chunks; Malformed outside the grid.
  uint64_t place_of(const std::vector<uint64_t>& coordinates) const;
  std::vector<uint64_t> coordinates_of(uint64_t place) const;

  std::vector<uint64_t> chunk;   ///< extents in elements
  std::vector<uint64_t> counts;  ///< chunks along each axis
  std::vector<uint64_t> most;    ///< the same for the dataset's largest possible extents; kNowhere: no limit
  uint64_t total = 1, chunk_bytes = 0;
};

/// A chunk as an element of an array index or a record of a tree: address, and for filtered chunks size and mask.
struct ChunkField {
  bool is_filtered = false;
  uint64_t chunk_bytes = 0;  ///< of unfiltered chunks
  int size_bytes = 0;        ///< width of the size of a filtered chunk

  Chunk read(Cursor& cursor) const;
};

/// The stored chunks, in the grid's order. Malformed when one occurs twice or lies outside the file.
std::vector<Chunk> read_chunks(const Image& image, const Layout& layout, const Grid& grid, bool is_filtered);

// The indexes. Arrays return the chunks with numbers below `needed`.
std::vector<Chunk> read_chunks_btree1(const Image& image, const Layout& layout, const Grid& grid);
std::vector<Chunk> read_chunks_btree2(const Image& image, const Layout& layout, const Grid& grid, bool is_filtered);
std::vector<Chunk> read_chunks_fixed(const Image& image, uint64_t address, const Grid& grid, bool is_filtered);
std::vector<Chunk> read_chunks_extensible(const Image& image, uint64_t address, const Grid& grid, bool is_filtered,
                                          uint64_t needed);

}  // namespace keraunos::files::hdf5
