// A header names the root. A leaf (BTLF) holds records; an inner node (BTIN) holds n records and n + 1 children, each with its
// number of records and, above the lowest inner level, the number below it. The width of these numbers follows from the capacity
// of a node.
#include "loader/files/hdf5/btree2.h"

#include <bit>
#include <vector>

namespace keraunos::files::hdf5 {
namespace {

constexpr const char *kTreeHeader = "B-tree header", *kTreeLeaf = "B-tree leaf", *kTreeNode = "B-tree node",
                     *kTreeRecord = "B-tree record";
constexpr uint64_t kNodeOverhead = 10, kDeepestTree2 = 32;

class Tree2 {
 public:
  Tree2(const Image& image, uint8_t type, const std::function<void(Cursor)>& take) : image_(image), type_(type), take_(take) {}

  void read(uint64_t address) {
    const auto size = static_cast<uint64_t>(22 + image_.sizes.address + image_.sizes.length);
    auto [block, cursor] = image_.open(address, size, kTreeHeader, "BTHD");
    check_kind(cursor);
    node_bytes_ = cursor.u32();
    record_bytes_ = cursor.u16();
    const uint64_t depth = cursor.u16();
    cursor.skip(2);
    const uint64_t root = cursor.address(), count = cursor.u16(), total = cursor.length();
    if (depth > kDeepestTree2 || record_bytes_ == 0 || node_bytes_ <= kNodeOverhead + record_bytes_)
      cursor.fail("its sizes or its depth are impossible");
    measure(depth, cursor);
    if (total > 0) read_node(root, count, static_cast<size_t>(depth));
    if (found_ != total) cursor.fail("it states " + std::to_string(total) + " records, but has " + std::to_string(found_));
  }

 private:
  struct Level {
    uint64_t most_records = 0;  // capacity of a node
    int count_bytes = 0;        // bytes of the number of records below a node
  };

  void check_kind(Cursor& cursor) const {
    cursor.version({0});
    const uint8_t found = cursor.u8();
    if (found != type_) cursor.fail("expected records of type " + std::to_string(type_) + ", found " + std::to_string(found));
  }

  void measure(uint64_t depth, Cursor& cursor) {
    uint64_t below = (node_bytes_ - kNodeOverhead) / record_bytes_;
    levels_.push_back({below, 0});
    count_bytes_ = bytes_for(below);
    for (uint64_t i = 1; i <= depth; ++i) {
      const auto pointer = static_cast<uint64_t>(image_.sizes.address + count_bytes_ + levels_.back().count_bytes);
      if (node_bytes_ < kNodeOverhead + pointer) cursor.fail("its nodes are too small");
      const uint64_t most = (node_bytes_ - kNodeOverhead - pointer) / (record_bytes_ + pointer);
      below = product(most + 1, below, "a B-tree") + most;
      levels_.push_back({most, bytes_for(below)});
    }
  }

  // Reads `count` records of a node that is `depth` levels above the leaves.
  void read_node(uint64_t address, uint64_t count, size_t depth) {
    const char* what = depth == 0 ? kTreeLeaf : kTreeNode;
    if (count > levels_[depth].most_records)
      throw Malformed("a " + std::string(what) + " states " + std::to_string(count) + " records, more than fit");
    const auto pointer =
        static_cast<uint64_t>(depth == 0 ? 0 : image_.sizes.address + count_bytes_ + levels_[depth - 1].count_bytes);
    const uint64_t pointers = depth == 0 ? 0 : count + 1;
    const uint64_t size = kNodeOverhead + count * record_bytes_ + pointers * pointer;
    auto [block, cursor] = image_.open(address, size, what, depth == 0 ? "BTLF" : "BTIN");
    check_kind(cursor);
    const uint64_t records_at = cursor.position();
    const auto records = cursor.take(count * record_bytes_);
    for (uint64_t i = 0; i <= count; ++i) {
      if (depth > 0) {
        const uint64_t child = cursor.address(), records_in_child = cursor.number(count_bytes_);
        cursor.number(levels_[depth - 1].count_bytes);
        read_node(child, records_in_child, depth - 1);
      }
      if (i == count) return;
      ++found_;
      take_(Cursor(records.subspan(i * record_bytes_, record_bytes_), records_at + i * record_bytes_, kTreeRecord, image_.sizes));
    }
  }

  const Image& image_;
  uint8_t type_;
  const std::function<void(Cursor)>& take_;
  uint64_t node_bytes_ = 0, record_bytes_ = 0, found_ = 0;
  int count_bytes_ = 0;  // bytes of the number of records in a node
  std::vector<Level> levels_;
};

}  // namespace

int bytes_for(uint64_t most) { return most == 0 ? 1 : static_cast<int>((std::bit_width(most) - 1) / 8 + 1); }

void for_each_record(const Image& image, uint64_t address, uint8_t type, const std::function<void(Cursor)>& take) {
  Tree2(image, type, take).read(address);
}

}  // namespace keraunos::files::hdf5
