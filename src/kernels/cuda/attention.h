#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// The parameters of host::Attention and the extents.
struct AttentionShape {
  int64_t batch = 0, queries = 0, keys = 0, heads = 0, key_heads = 0, depth = 0, values = 0;
  int64_t mask_heads = 1;  ///< of the full mask: 1 or heads
  double scale = 1;
  bool causal = false, zero_masked = true;
  int64_t window = 0;   ///< 0: none
  bool masked = false;  ///< true if there is any mask
};

/// Operands and results as host::Attention lists them; absent ones are null. Masks are booleans.
struct AttentionMemory {
  const void *q, *k, *v;
  const uint8_t *query_mask, *key_mask, *mask;
  void *out, *scores;
};

/// Query rows of a block; 0 when a row of scores does not fit shared memory.
int attention_rows(DType type, const AttentionShape& shape, const LaunchContext& context) noexcept;

/// Scores, masks, softmax and the weighted sum of the values in one launch.
void launch_attention(DType type, const AttentionShape& shape, int rows, const AttentionMemory& memory,
                      const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
