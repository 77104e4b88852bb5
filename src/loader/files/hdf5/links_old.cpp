// Groups before HDF5 1.8: a B-tree whose leaves are tables of symbols (SNOD), and a local heap that holds their names.
#include <set>

#include "loader/files/hdf5/btree1.h"
#include "loader/files/hdf5/links.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr int kDeepestGroupTree = 32;
constexpr const char *kGroupNode = "group B-tree node", *kSymbolTable = "symbol table node", *kLocalHeap = "local heap";

class OldGroup {
 public:
  OldGroup(const Image& image, uint64_t most) : image_(image), most_(most) {}

  std::vector<Link> read(const Message& message) {
    Cursor cursor = fields(image_, message, "symbol table message");
    const uint64_t tree = cursor.address();
    names_ = read_names(cursor.address());
    read_node(tree, -1);
    return std::move(links_);
  }

 private:
  Block read_names(uint64_t address) {
    const Block block =
        image_.read(address, static_cast<uint64_t>(8 + 2 * image_.sizes.length + image_.sizes.address), kLocalHeap);
    Cursor cursor = image_.cursor(block, kLocalHeap);
    cursor.expect_signature("HEAP");
    cursor.version({0});
    cursor.skip(3);
    const uint64_t size = cursor.length();
    cursor.length();  // of the first free block
    return image_.read(cursor.address(), size, kLocalHeap);
  }

  void visit(uint64_t address) {
    if (!seen_.insert(address).second)
      throw Malformed("the group's B-tree names the node at byte " + std::to_string(address) + " twice");
  }

  // `level` is the level that the parent expects; -1 for the root.
  void read_node(uint64_t address, int level) {
    visit(address);
    const Node1 node = open_node1(image_, address, {0, "a group", kGroupNode, kDeepestGroupTree}, level);
    const auto entry = static_cast<uint64_t>(image_.sizes.address + image_.sizes.length);
    const Block body = image_.read(node.entries, node.count * entry, kGroupNode);
    Cursor entries = image_.cursor(body, kGroupNode);
    for (uint64_t i = 0; i < node.count; ++i) {
      entries.length();  // the key, a name
      const uint64_t child = entries.address();
      node.level > 0 ? read_node(child, node.level - 1) : read_table(child);
    }
  }

  void read_table(uint64_t address) {
    visit(address);
    const Block head = image_.read(address, 8, kSymbolTable);
    Cursor cursor = image_.cursor(head, kSymbolTable);
    cursor.expect_signature("SNOD");
    cursor.version({1});
    cursor.skip(1);
    const uint64_t count = cursor.u16();
    const Block body = image_.read(address + 8, count * static_cast<uint64_t>(2 * image_.sizes.address + 24), kSymbolTable);
    Cursor entries = image_.cursor(body, kSymbolTable);
    for (uint64_t i = 0; i < count; ++i) read_entry(entries);
  }

  void read_entry(Cursor& entries) {
    const uint64_t name = entries.address();
    Link link{.name = {}, .kind = Link::Kind::hard, .address = entries.address()};
    constexpr uint32_t kSoftLink = 2;
    if (entries.u32() == kSoftLink) link.kind = Link::Kind::soft;
    entries.skip(4 + 16);
    if (links_.size() >= most_) entries.fail("the group has too many members, above " + std::to_string(most_));
    Cursor names = image_.cursor(names_, kLocalHeap);
    names.skip(name);
    link.name = names.terminated();
    image_.count_metadata(link.name.size());  // entries may share one long name
    links_.push_back(std::move(link));
  }

  const Image& image_;
  uint64_t most_;
  Block names_;
  std::set<uint64_t> seen_;
  std::vector<Link> links_;
};

}  // namespace

std::vector<Link> read_old_links(const Image& image, const Message& message, uint64_t most) {
  return OldGroup(image, most).read(message);
}

}  // namespace keraunos::files::hdf5
