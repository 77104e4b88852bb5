#pragma once

#include <cuda_runtime_api.h>

#include "keraunos/dtype.h"
#include "kernels/cuda/grid.h"

namespace keraunos::cuda {

/// Rows of a table by their ids.
struct GatherShape {
  int64_t outer = 1;  ///< number of consecutive tables
  int64_t rows = 0;   ///< of each table
  int64_t width = 1;  ///< elements of a row
  int64_t ids = 0;
  int element_bytes = 4;
  DType id_type = DType::int32;
  bool from_end = false;  ///< negative ids count from the end of the table
};

/// out (outer, ids, width) = table (outer, rows, width) at ids (ids). An id outside the table gives zeros; the first one sets
/// *error_raised to 1 and *error_found to the id.
void launch_gather(const GatherShape& shape, const void* table, const void* ids, void* out, int32_t* error_raised,
                   int64_t* error_found, const LaunchContext& context, cudaStream_t stream);

}  // namespace keraunos::cuda
