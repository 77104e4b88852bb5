// Depthwise convolution of neighbouring output positions, channels last: every channel has its own sum, so channels fill the vectors, and
// four positions share each weight that is loaded.
#pragma once

#include "kernels/cpu/isa/product.h"

namespace keraunos::cpu::isa {

/// Positions position … +P−1, V vectors of channels from `c` on.
template <class Isa, class T, int P, int V>
inline __attribute__((always_inline)) void depthwise_block(const Depthwise<T>& d, int64_t position, int64_t c) {
  using Vector = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth;
  Vector sum[P][V];
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) {
    const Vector start = d.bias != nullptr ? load_vector<Isa, T>(d.bias + c + v * W) : Vector{};
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) sum[p][v] = start;
  }
  for (int64_t tap = 0; tap < d.taps; ++tap) {
    const T* x = d.x[tap] + position * d.step + c;
    const T* w = d.weights[tap] + c;
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      const Vector weight = load_vector<Isa, T>(w + v * W);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) sum[p][v] += load_vector<Isa, T>(x + p * d.step + v * W) * weight;
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < P; ++p) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) store_vector<Isa, T>(d.out + (position + p) * d.channels + c + v * W, sum[p][v]);
  }
}

template <class Isa, class T>
void depthwise_tail(const Depthwise<T>& d, int64_t position, int64_t c) {
  for (; c < d.channels; ++c) {
    T sum = d.bias != nullptr ? d.bias[c] : T{};
    for (int64_t tap = 0; tap < d.taps; ++tap) sum += d.x[tap][position * d.step + c] * d.weights[tap][c];
    d.out[position * d.channels + c] = sum;
  }
}

template <class Isa, class T, int P>
void depthwise_positions(const Depthwise<T>& d, int64_t position) {
  constexpr int W = VectorOf<Isa, T>::kWidth;
  int64_t c = 0;
  for (; c + 2 * W <= d.channels; c += 2 * W) depthwise_block<Isa, T, P, 2>(d, position, c);
  for (; c + W <= d.channels; c += W) depthwise_block<Isa, T, P, 1>(d, position, c);
  for (int p = 0; p < P; ++p) depthwise_tail<Isa, T>(d, position + p, c);
}

template <class Isa, class T>
void depthwise(const Depthwise<T>& d) {
  int64_t position = 0;
  for (; position + 4 <= d.positions; position += 4) depthwise_positions<Isa, T, 4>(d, position);
  for (; position < d.positions; ++position) depthwise_positions<Isa, T, 1>(d, position);
}

}  // namespace keraunos::cpu::isa
