// Views of rows of a batch.
#pragma once

#include <algorithm>
#include <array>

#include "keraunos/tensor.h"

namespace keraunos::host {

/// `dims` with another batch size; a scalar stays a scalar.
inline Dims with_rows(const Dims& dims, int64_t rows) {
  if (dims.rank() == 0) return dims;
  std::array<int64_t, Dims::kMaxRank> sizes{rows};
  std::copy(dims.begin() + 1, dims.end(), sizes.begin() + 1);
  return Dims(std::span<const int64_t>(sizes.data(), static_cast<size_t>(dims.rank())));
}

/// Row `index`; where there is only one row, that row.
inline const std::byte* row_of(const TensorView& view, int64_t index) {
  const int64_t rows = view.dims.rank() == 0 ? 1 : std::max<int64_t>(view.dims[0], 1);
  return static_cast<const std::byte*>(view.data) + (rows == 1 ? 0 : view.bytes() / rows * index);
}

inline TensorView part_of(const TensorView& view, int64_t start, int64_t rows) {
  return {row_of(view, start), view.dtype, with_rows(view.dims, rows), view.where};
}

inline MutableView part_of(Tensor& tensor, int64_t start, int64_t rows) {
  const int64_t row_bytes = tensor.bytes() / std::max<int64_t>(tensor.dims()[0], 1);
  return {static_cast<std::byte*>(tensor.data()) + row_bytes * start, tensor.dtype(), with_rows(tensor.dims(), rows), {}};
}

}  // namespace keraunos::host
