#include "loader/files/hdf5/btree1.h"

namespace keraunos::files::hdf5 {

Node1 open_node1(const Image& image, uint64_t address, const Tree1& tree, int level) {
  const auto head_bytes = static_cast<uint64_t>(8 + 2 * image.sizes.address);
  const Block head = image.read(address, head_bytes, tree.what);
  Cursor cursor = image.cursor(head, tree.what);
  cursor.expect_signature("TREE");
  if (const uint8_t type = cursor.u8(); type != tree.type) {
    cursor.fail("expected a node of " + std::string(tree.of) + " (type " + std::to_string(tree.type) + "), found type " +
                std::to_string(type));
  }
  const int found = cursor.u8();
  if (found > tree.deepest || (level >= 0 && found != level))
    cursor.fail("its level " + std::to_string(found) + " does not fit its parent's");
  return {.level = found, .count = cursor.u16(), .entries = address + head_bytes};
}

}  // namespace keraunos::files::hdf5
