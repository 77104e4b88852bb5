// The links of a group.
#pragma once

#include <string>
#include <vector>

#include "loader/files/hdf5/header.h"

namespace keraunos::files::hdf5 {

struct Link {
  enum class Kind : uint8_t { hard, soft, external, user_defined };

  std::string name;
  Kind kind = Kind::hard;
  uint64_t address = kNowhere;  ///< of a hard link's object header
};

bool is_group(const Header& header);
/// Sorted by name. Malformed when a name occurs twice or there are more than `most`.
std::vector<Link> read_links(const Image& image, const Header& header, uint64_t most);

/// Links of a group in files of HDF5 before 1.8: through a symbol table message.
std::vector<Link> read_old_links(const Image& image, const Message& message, uint64_t most);
/// A link message, in a header or a heap.
Link read_link(Cursor cursor);

}  // namespace keraunos::files::hdf5
