// Kernels that process rows (softmax, layer normalisation) have two forms: a warp per row with the row in registers, for rows of
// up to 1,024 elements, and a block per row that reads its row several times, from the cache, for longer ones.
#pragma once

#include <cstdint>

#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

inline constexpr int64_t kLongestWarpRow = 1024;
inline constexpr unsigned kWarpsPerBlock = 4;

/// Calls work.template operator()<N>() with the smallest N (a power of two) for which 32·N elements hold a row.
template <class Work>
void for_row_length(int64_t length, Work&& work) {
  if (length <= 32)
    work.template operator()<1>();
  else if (length <= 64)
    work.template operator()<2>();
  else if (length <= 128)
    work.template operator()<4>();
  else if (length <= 256)
    work.template operator()<8>();
  else if (length <= 512)
    work.template operator()<16>();
  else
    work.template operator()<32>();
}

/// Threads of a block that processes one long row.
inline unsigned threads_for_row(int64_t length) noexcept { return length > 8192 ? 1024u : 256u; }

}  // namespace keraunos::cuda
