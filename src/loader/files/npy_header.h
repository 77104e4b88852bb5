// The header of a .npy file: a Python dict as text with type, order and shape.
#pragma once

#include <string>
#include <string_view>

#include "keraunos/tensor.h"
#include "loader/files/bytes.h"

namespace keraunos::files {

struct NpyHeader {
  enum class Text : uint8_t { none, utf32, bytes };  // NumPy's U and S

  DType dtype = DType::float32;
  bool is_big_endian = false;
  bool is_fortran = false;
  Text text = Text::none;
  int64_t item_bytes = 0;  ///< of one element in the file
  Dims dims;
  int64_t data = 0;  ///< offset of the first element
};

/// ModelError when the source is no .npy of versions 1 to 3, has elements without a DType, or has fewer elements than stated.
NpyHeader read_npy_header(const ByteSource& source);

/// A whole version 1 header, padded so that the elements begin at a multiple of 64.
std::string npy_header_text(std::string_view descr, const Dims& dims);

}  // namespace keraunos::files
