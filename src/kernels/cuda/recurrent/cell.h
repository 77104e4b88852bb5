// The arithmetic of Keras's cells after a step's products, and the outputs of a layer for the step.
#pragma once

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/recurrent/shape.h"

namespace keraunos::cuda {

template <class C>
KERAUNOS_HD C blended(C update, C hidden, C candidate) {
  return update * hidden + (C(1) - update) * candidate;
}

/// The new hidden state of one unit, for cells whose step has one product: `in` are the projections, `sum` the products with the
/// recurrent bias. Updates an LSTM's cell state.
template <RecurrentShape::Kind kKind, class Activations, class C, int kGates>
__device__ C next_hidden(const Activations& f, const C (&in)[kGates], const C (&sum)[kGates], C hidden, C& cell) {
  static_assert(kGates == gates_of(kKind) && kKind != RecurrentShape::gru_reset_before);
  if constexpr (kKind == RecurrentShape::simple) {
    C next[] = {in[0] + sum[0]};
    f.activation(next);
    return next[0];
  }
  if constexpr (kKind == RecurrentShape::gru_reset_after) {
    C gate[] = {in[0] + sum[0], in[1] + sum[1]};
    f.recurrent_activation(gate);
    C candidate[] = {in[2] + gate[1] * sum[2]};
    f.activation(candidate);
    return blended(gate[0], hidden, candidate[0]);
  }
  if constexpr (kKind == RecurrentShape::lstm) {
    C gate[] = {in[0] + sum[0], in[1] + sum[1], in[3] + sum[3]}, candidate[] = {in[2] + sum[2]};
    f.recurrent_activation(gate);
    f.activation(candidate);
    cell = gate[1] * cell + gate[0] * candidate[0];
    C activated_cell[] = {cell};
    f.activation(activated_cell);
    return gate[2] * activated_cell[0];
  }
  return hidden;
}

/// Writes the output of step `step` in the order of processing for one unit: its state, which a masked step repeats; zeros before
/// the first step that is not masked, and at every masked step if the layer says so.
template <class T>
__device__ void write_output(const RecurrentArrays<T>& a, const RecurrentShape& s, int64_t row, int64_t unit, int64_t step,
                             Computed<T> state, bool seen, bool masked) {
  if (!s.sequences && step != s.steps - 1) return;
  const Computed<T> output = !seen || (masked && s.zero_masked) ? Computed<T>(0) : state;
  const int64_t at = s.sequences ? row * s.steps + step : row;
  a.output[at * s.units + unit] = narrow<T>(output);
}

}  // namespace keraunos::cuda
