// Parameters of both kernels of recurrent layers: tiled.cu and resident_kernel.h.
#pragma once

#include <cstdint>

#include "keraunos/dtype.h"
#include "keraunos/function.h"
#include "kernels/math/hd.h"

namespace keraunos::cuda {

/// The parameters of host::Recurrent and the extents.
struct RecurrentShape {
  /// A GRU is one of two cells: its reset gate is applied to the product of the state (reset_after), or to the state before the
  /// product.
  enum Kind : uint8_t { simple, gru_reset_after, gru_reset_before, lstm } kind = lstm;
  int64_t batch = 0, steps = 0, units = 0;
  Function activation = Function::tanh, recurrent_activation = Function::sigmoid;
  double activation_immediate = 0, recurrent_immediate = 0;
  bool backwards = false, sequences = false, zero_masked = false;
};

/// The number of gates in the recurrent kernel, in Keras's order: update, reset, candidate; input, forget, candidate, output.
KERAUNOS_HD constexpr int gates_of(RecurrentShape::Kind kind) {
  return kind == RecurrentShape::lstm ? 4 : (kind == RecurrentShape::simple ? 1 : 3);
}

/// Operands and results as host::Recurrent lists them; absent ones are null.
struct RecurrentMemory {
  const void *projected, *kernel, *bias, *hidden, *cell, *mask;
  void *output, *last_hidden, *last_cell;
};

/// The same with typed pointers, as kernels use them.
template <class T>
struct RecurrentArrays {
  explicit RecurrentArrays(const RecurrentMemory &m)
      : projected(static_cast<const T *>(m.projected)),
        kernel(static_cast<const T *>(m.kernel)),
        bias(static_cast<const T *>(m.bias)),
        hidden(static_cast<const T *>(m.hidden)),
        cell(static_cast<const T *>(m.cell)),
        mask(static_cast<const uint8_t *>(m.mask)),
        output(static_cast<T *>(m.output)),
        last_hidden(static_cast<T *>(m.last_hidden)),
        last_cell(static_cast<T *>(m.last_cell)) {}
  const T *projected, *kernel, *bias, *hidden, *cell;
  const uint8_t *mask;
  T *output, *last_hidden, *last_cell;
};

}  // namespace keraunos::cuda
