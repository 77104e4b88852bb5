// How a dataset's elements are stored: layout, filters and fill value.
#pragma once

#include <vector>

#include "loader/files/hdf5/header.h"

namespace keraunos::files::hdf5 {

struct Filter {
  enum Id : uint16_t { deflate = 1, shuffle = 2, fletcher32 = 3 };
  uint16_t id = 0;
  std::vector<uint32_t> values;
};

struct Layout {
  enum class Kind : uint8_t { compact, contiguous, chunked, virtual_ };
  enum class Index : uint8_t { btree1, single, implicit, fixed_array, extensible_array, btree2 };

  Kind kind = Kind::contiguous;
  std::span<const std::byte> compact;  ///< the elements themselves
  uint64_t compact_at = 0;             ///< their position in the source
  uint64_t address = kNowhere;         ///< of the elements or of the index
  uint64_t bytes = 0;                  ///< of contiguous storage, where the file states them
  bool states_bytes = false;

  std::vector<uint64_t> chunk;  ///< extents, the last of which is the size of an element
  Index index = Index::btree1;
  bool edges_are_unfiltered = false;  ///< true for chunks that extend beyond the dataset's end
  uint64_t single_bytes = 0;          ///< stored size of a single filtered chunk
  uint32_t single_mask = 0;
  bool single_is_filtered = false;
};

Layout read_layout(const Image& image, const Message& message);
std::vector<Filter> read_filters(const Image& image, const Header& header);
/// The fill value of elements that were never written; empty for zeros.
std::vector<std::byte> read_fill_value(const Image& image, const Header& header);

}  // namespace keraunos::files::hdf5
