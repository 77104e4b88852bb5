// The attributes of a group or dataset.
#pragma once

#include <string>
#include <vector>

#include "loader/files/hdf5/global_heap.h"
#include "loader/files/hdf5/header.h"
#include "loader/files/hdf5/types.h"

namespace keraunos::files::hdf5 {

struct Attribute {
  std::string name;
  ElementType type;
  Extents extents;
  std::vector<std::byte> data;
  uint64_t position = 0;
};

/// Sorted by name; Malformed when a name occurs twice.
std::vector<Attribute> read_attributes(const Image& image, const Header& header);
/// The elements of an attribute of strings or opaque bytes. An empty array of any type is an empty list. Malformed for other
/// types.
std::vector<std::string> strings_in(const Attribute& attribute, const Image& image, GlobalHeaps& heaps);
/// A datatype message, which may refer to a type that is defined elsewhere in the file.
ElementType read_shared_type(const Image& image, Cursor cursor, bool is_shared);

}  // namespace keraunos::files::hdf5
