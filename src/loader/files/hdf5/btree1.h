// Nodes of version 1 B-trees, of groups and of chunks: a header of fixed size, followed by entries.
#pragma once

#include <string_view>

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

/// The tree that a node belongs to.
struct Tree1 {
  uint8_t type;               ///< 0: of a group, 1: of chunks
  std::string_view of, what;  ///< "a group", "B-tree node": for messages
  int deepest;
};

struct Node1 {
  int level = 0;                    ///< 0: its entries are not nodes
  uint64_t count = 0, entries = 0;  ///< number of entries, and the address of the first
};

/// `level` is the level that the parent expects, -1 for the root. Malformed where the node belongs to another tree, level or
/// depth.
Node1 open_node1(const Image& image, uint64_t address, const Tree1& tree, int level);

}  // namespace keraunos::files::hdf5
