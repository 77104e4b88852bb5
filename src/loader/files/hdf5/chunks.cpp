// Array indexes number the chunks of the dataset's largest possible extents, not of its current ones. An unlimited axis counts
// slowest, whatever its position.
#include "loader/files/hdf5/chunks.h"

#include <algorithm>

namespace keraunos::files::hdf5 {
namespace {

uint64_t pieces(uint64_t extent, uint64_t size) { return extent / size + (extent % size != 0 ? 1 : 0); }

/// The numbers of a grid's chunks in an array index.
class Numbering {
 public:
  explicit Numbering(const Grid& grid) : order_(grid.rank()) {
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    const auto unlimited = std::find(grid.most.begin(), grid.most.end(), kNowhere);
    if (unlimited != grid.most.end()) {
      const auto axis = static_cast<size_t>(unlimited - grid.most.begin());
      order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(axis));
      order_.insert(order_.begin(), axis);
    }
    strides_.assign(order_.size(), 1);
    for (size_t i = order_.size(); i-- > 1;)
      strides_[i - 1] = product(strides_[i], std::max<uint64_t>(grid.most[order_[i]], 1), "a chunk index");
  }

  uint64_t operator()(const std::vector<uint64_t>& coordinates) const {
    uint64_t number = 0;
    for (size_t i = 0; i < order_.size(); ++i) number += product(strides_[i], coordinates[order_[i]], "a chunk index");
    return number;
  }

 private:
  std::vector<size_t> order_;
  std::vector<uint64_t> strides_;
};

std::vector<Chunk> from_array(const Image& image, const Layout& layout, const Grid& grid, bool is_filtered) {
  const Numbering number(grid);
  std::vector<uint64_t> last = grid.counts;
  for (uint64_t& count : last) --count;
  const uint64_t needed = number(last) + 1;
  if (needed > Grid::kMostNumbers && layout.index != Layout::Index::implicit)
    throw Malformed("its chunks are too few for their index");
  std::vector<Chunk> found;
  if (layout.index == Layout::Index::fixed_array) found = read_chunks_fixed(image, layout.address, grid, is_filtered);
  if (layout.index == Layout::Index::extensible_array)
    found = read_chunks_extensible(image, layout.address, grid, is_filtered, needed);
  std::vector<Chunk> chunks;
  for (uint64_t place = 0; place < grid.total; ++place) {
    const uint64_t at = number(grid.coordinates_of(place));
    if (layout.index == Layout::Index::implicit) {
      chunks.push_back(
          {.place = place, .address = layout.address + product(at, grid.chunk_bytes, "a dataset"), .bytes = grid.chunk_bytes});
    } else if (at < found.size() && found[at].address != kNowhere) {
      chunks.push_back(found[at]);
      chunks.back().place = place;
    }
  }
  return chunks;
}

std::vector<Chunk> single(const Layout& layout, const Grid& grid) {
  if (grid.total != 1) throw Malformed("its single chunk is smaller than it is");
  return {{.place = 0,
           .address = layout.address,
           .bytes = layout.single_is_filtered ? layout.single_bytes : grid.chunk_bytes,
           .mask = layout.single_mask}};
}

}  // namespace

Grid::Grid(const Layout& layout, const Extents& extents, const ElementType& type) {
  if (layout.chunk.size() != extents.sizes.size() + 1) throw Malformed("its chunks have another rank than it has");
  if (layout.chunk.back() != type.bytes) throw Malformed("its chunks have elements of another size than it has");
  chunk.assign(layout.chunk.begin(), layout.chunk.end() - 1);
  chunk_bytes = type.bytes;
  for (size_t i = 0; i < chunk.size(); ++i) {
    if (chunk[i] == 0) throw Malformed("its chunks are empty");
    chunk_bytes = product(chunk_bytes, chunk[i], "a chunk");
    counts.push_back(pieces(extents.sizes[i], chunk[i]));
    most.push_back(extents.most[i] == kNowhere ? kNowhere : pieces(extents.most[i], chunk[i]));
    total = product(total, counts.back(), "a dataset");
  }
  if (chunk_bytes > kMostChunkBytes) throw Malformed("its chunks are larger than " + std::to_string(kMostChunkBytes) + " bytes");
}

void Grid::check_count() const {
  if (total > kMostChunks) throw Malformed("it has more than " + std::to_string(kMostChunks) + " chunks");
}

uint64_t Grid::place_of(const std::vector<uint64_t>& coordinates) const {
  uint64_t place = 0;
  for (size_t i = 0; i < rank(); ++i) {
    if (coordinates[i] >= counts[i]) throw Malformed("it has a chunk outside of its extents");
    place = place * counts[i] + coordinates[i];
  }
  return place;
}

std::vector<uint64_t> Grid::coordinates_of(uint64_t place) const {
  std::vector<uint64_t> coordinates(rank());
  for (size_t i = rank(); i-- > 0; place /= counts[i]) coordinates[i] = place % counts[i];
  return coordinates;
}

Chunk ChunkField::read(Cursor& cursor) const {
  Chunk chunk{.address = cursor.address(), .bytes = chunk_bytes};
  if (!is_filtered) return chunk;
  chunk.bytes = cursor.number(size_bytes);
  chunk.mask = cursor.u32();
  return chunk;
}

std::vector<Chunk> read_chunks(const Image& image, const Layout& layout, const Grid& grid, bool is_filtered) {
  if (layout.address == kNowhere || grid.total == 0) return {};
  std::vector<Chunk> chunks;
  switch (layout.index) {
    case Layout::Index::btree1: chunks = read_chunks_btree1(image, layout, grid); break;
    case Layout::Index::btree2: chunks = read_chunks_btree2(image, layout, grid, is_filtered); break;
    case Layout::Index::single: chunks = single(layout, grid); break;
    default: chunks = from_array(image, layout, grid, is_filtered);
  }
  std::sort(chunks.begin(), chunks.end(), [](const Chunk& a, const Chunk& b) { return a.place < b.place; });
  const auto twice =
      std::adjacent_find(chunks.begin(), chunks.end(), [](const Chunk& a, const Chunk& b) { return a.place == b.place; });
  if (twice != chunks.end()) throw Malformed("it has a chunk twice");
  for (const Chunk& chunk : chunks) image.position(chunk.address, chunk.bytes, "chunk");
  image.budget().take(chunks.size() * sizeof(Chunk), "a dataset's list of chunks in '" + image.source().name() + "'");
  return chunks;
}

}  // namespace keraunos::files::hdf5
