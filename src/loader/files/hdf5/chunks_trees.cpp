// Chunks in a B-tree: of version 1 (every file before HDF5 1.10, and what h5py writes by default), or of version 2 (several
// unlimited axes).
#include <set>

#include "loader/files/hdf5/btree1.h"
#include "loader/files/hdf5/btree2.h"
#include "loader/files/hdf5/chunks.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr int kDeepestChunkTree = 32;
constexpr const char* kChunkNode = "chunk B-tree node";

class ChunkTree {
 public:
  ChunkTree(const Image& image, const Grid& grid) : image_(image), grid_(grid) {}

  std::vector<Chunk> read(uint64_t address) {
    read_node(address, -1);
    return std::move(chunks_);
  }

 private:
  void read_node(uint64_t address, int level) {
    if (!seen_.insert(address).second) throw Malformed("its B-tree names the node at byte " + std::to_string(address) + " twice");
    const Node1 node = open_node1(image_, address, {1, "chunks", kChunkNode, kDeepestChunkTree}, level);
    const uint64_t key_bytes = 8 + 8 * (grid_.rank() + 1);
    const Block body =
        image_.read(node.entries, node.count * (key_bytes + static_cast<uint64_t>(image_.sizes.address)), kChunkNode);
    Cursor entries = image_.cursor(body, kChunkNode);
    for (uint64_t i = 0; i < node.count; ++i) read_entry(entries, node.level);
  }

  void read_entry(Cursor& entries, int level) {
    Chunk chunk;
    chunk.bytes = entries.u32();
    chunk.mask = entries.u32();
    std::vector<uint64_t> coordinates;
    for (size_t axis = 0; axis < grid_.rank(); ++axis) coordinates.push_back(entries.u64());
    entries.skip(8);
    chunk.address = entries.address();
    if (level > 0) return read_node(chunk.address, level - 1);
    for (size_t axis = 0; axis < grid_.rank(); ++axis) {
      if (coordinates[axis] % grid_.chunk[axis] != 0) entries.fail("a chunk does not begin at a multiple of its extents");
      coordinates[axis] /= grid_.chunk[axis];
    }
    chunk.place = grid_.place_of(coordinates);
    if (chunks_.size() >= grid_.total) entries.fail("there are more chunks than the dataset has");
    chunks_.push_back(chunk);
  }

  const Image& image_;
  const Grid& grid_;
  std::set<uint64_t> seen_;
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<Chunk> read_chunks_btree1(const Image& image, const Layout& layout, const Grid& grid) {
  return ChunkTree(image, grid).read(layout.address);
}

std::vector<Chunk> read_chunks_btree2(const Image& image, const Layout& layout, const Grid& grid, bool is_filtered) {
  constexpr uint8_t kChunks = 10, kFilteredChunks = 11;
  std::vector<Chunk> chunks;
  for_each_record(image, layout.address, is_filtered ? kFilteredChunks : kChunks, [&](Cursor record) {
    // The size of a filtered chunk uses the bytes that remain besides address, mask and coordinates.
    const uint64_t others = static_cast<uint64_t>(image.sizes.address) + 4 + 8 * grid.rank();
    const uint64_t size_bytes = is_filtered && record.left() > others ? record.left() - others : 1;
    if (size_bytes > 8) record.fail("its size does not fit the dataset's rank");
    Chunk chunk =
        ChunkField{.is_filtered = is_filtered, .chunk_bytes = grid.chunk_bytes, .size_bytes = static_cast<int>(size_bytes)}.read(
            record);
    std::vector<uint64_t> coordinates;
    for (size_t axis = 0; axis < grid.rank(); ++axis) coordinates.push_back(record.u64());
    chunk.place = grid.place_of(coordinates);
    if (chunks.size() >= grid.total) record.fail("there are more chunks than the dataset has");
    chunks.push_back(chunk);
  });
  return chunks;
}

}  // namespace keraunos::files::hdf5
