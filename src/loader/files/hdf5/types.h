// The type of elements (datatype messages) and their number (dataspace messages).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keraunos/dtype.h"
#include "loader/files/hdf5/image.h"

namespace keraunos::files::hdf5 {

struct ElementType {
  enum class Kind : uint8_t { number, fixed_string, variable_string, opaque, other };

  Kind kind = Kind::other;
  uint64_t bytes = 0;            ///< of an element
  std::optional<DType> dtype{};  ///< of numbers that have a DType
  bool is_big_endian = false;
};

/// The rest of the cursor must be the datatype message. Types without a DType are no error, because an attribute of that type may
/// be unused.
ElementType read_type(Cursor cursor);

struct Extents {
  bool is_null = false;
  std::vector<uint64_t> sizes{}, most{};  ///< `most`: kNowhere where there is no limit

  /// The number of elements: 1 for a scalar, 0 for a null dataspace.
  uint64_t elements() const;
};

Extents read_extents(Cursor cursor);

}  // namespace keraunos::files::hdf5
