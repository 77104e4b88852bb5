#include "loader/files/hdf5/copy_chunk.h"

#include <algorithm>
#include <cstring>

namespace keraunos::files::hdf5 {

void copy_chunk(const std::vector<std::byte>& chunk, const std::vector<uint64_t>& coordinates,
                const std::vector<uint64_t>& extents, const std::vector<uint64_t>& sizes, uint64_t element_bytes,
                std::span<std::byte> target) {
  const size_t rank = sizes.size();
  std::vector<uint64_t> count(rank), index(rank, 0);  // elements to copy along each axis; current index
  uint64_t from = 0, to = 0;
  std::vector<uint64_t> from_step(rank, element_bytes), to_step(rank, element_bytes);
  for (size_t axis = rank; axis-- > 1;) {
    from_step[axis - 1] = from_step[axis] * extents[axis];
    to_step[axis - 1] = to_step[axis] * sizes[axis];
  }
  for (size_t axis = 0; axis < rank; ++axis) {
    const uint64_t start = coordinates[axis] * extents[axis];
    count[axis] = std::min(extents[axis], sizes[axis] - start);
    to += start * to_step[axis];
  }
  const uint64_t row = rank == 0 ? element_bytes : count[rank - 1] * element_bytes;
  while (true) {
    std::memcpy(target.data() + to, chunk.data() + from, row);
    size_t axis = rank == 0 ? 0 : rank - 1;
    for (; axis > 0; --axis) {
      from += from_step[axis - 1];
      to += to_step[axis - 1];
      if (++index[axis - 1] < count[axis - 1]) break;
      from -= from_step[axis - 1] * index[axis - 1];
      to -= to_step[axis - 1] * index[axis - 1];
      index[axis - 1] = 0;
    }
    if (axis == 0) return;
  }
}

}  // namespace keraunos::files::hdf5
