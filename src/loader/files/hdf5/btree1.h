// Nodes of B-trees of version 1, of groups and of chunks alike: a head of fixed size, and entries behind it.
#pragma once

#include <string_view>

#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

/// Which tree a node belongs to.
struct Tree1 {
  uint8_t type;               ///< 0: of a group, 1: of chunks
  std::string_view of, what;  ///< "a group", "B-tree node": for messages
  int deepest;
};

struct Node1 {
  int level = 0;                    ///< 0: its entries are no nodes
  uint64_t count = 0, entries = 0;  ///< how many, and the address of the first
};

/// `level` is what the parent expects, -1 for the root. Malformed where the node is of another tree, level or depth.
Node1 open_node1(const Image& image, uint64_t address, const Tree1& tree, int level);

}  // namespace keraunos::files::hdf5
