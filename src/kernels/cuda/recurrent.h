#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/grid.h"
#include "keraunos/dtype.h"
#include "keraunos/function.h"

namespace keraunos::cuda {

/// What host::Recurrent says, and the extents.
struct RecurrentShape {
  enum Kind : uint8_t { simple, gru, lstm } kind = lstm;
  int64_t batch = 0, steps = 0, units = 0;
  Function activation = Function::tanh, recurrent_activation = Function::sigmoid;
  double activation_immediate = 0, recurrent_immediate = 0;
  bool reset_after = true, backwards = false, sequences = false, zero_masked = false;
  int gates() const noexcept { return kind == lstm ? 4 : (kind == gru ? 3 : 1); }
};

/// Operands and results as host::Recurrent lists them; absent ones are null.
struct RecurrentMemory {
  const void *projected, *kernel, *bias, *hidden, *cell, *mask;
  void *output, *last_hidden, *last_cell;
};

/// The same with their type, as kernels take them.
template <class T>
struct RecurrentArrays {
  explicit RecurrentArrays(const RecurrentMemory& m)
      : projected(static_cast<const T*>(m.projected)), kernel(static_cast<const T*>(m.kernel)), bias(static_cast<const T*>(m.bias)),
        hidden(static_cast<const T*>(m.hidden)), cell(static_cast<const T*>(m.cell)), mask(static_cast<const uint8_t*>(m.mask)),
        output(static_cast<T*>(m.output)), last_hidden(static_cast<T*>(m.last_hidden)), last_cell(static_cast<T*>(m.last_cell)) {}
  const T *projected, *kernel, *bias, *hidden, *cell;
  const uint8_t* mask;
  T *output, *last_hidden, *last_cell;
};

/// How the kernel is laid out for a shape; see recurrent.cu.
struct RecurrentLayout {
  int tile = 1;            ///< batch rows of a block
  int lanes = 32;          ///< threads along units
  int splits = 1;          ///< threads along the summed axis
  int64_t share = 0;       ///< summed elements of a split
  int64_t kept = 0;        ///< of these, whose weights stay in shared memory
  int64_t shared_bytes = 0;
};
/// False when the state does not fit a block's shared memory.
bool plan_recurrent(DType type, const RecurrentShape& shape, const LaunchContext& context, RecurrentLayout& layout) noexcept;

/// All steps of a layer in one launch.
void launch_recurrent(DType type, const RecurrentShape& shape, const RecurrentLayout& layout, const RecurrentMemory& memory,
                      cudaStream_t stream);

}  // namespace keraunos::cuda
