// Depthwise convolution of a row of output positions, channels last. Channels fill vectors; the sums of P positions are in
// registers. For the common windows (3 and 5 wide with stride 1 and 2, 7 with stride 1) every element of the image is loaded once
// for all positions whose window contains it, and the line's weights stay in registers: less than one load per multiplication.
// The last block of a row overlaps the block before it, so that all blocks have one width.
#pragma once

#include "kernels/cpu/isa/product.h"

namespace keraunos::cpu::isa {

/// Windows `Width` wide, P positions from `position` on, a vector of channels from `c` on. `Edge`: some columns may lie outside
/// the image.
template <class Isa, class T, int Width, int Stride, int P, bool Edge>
inline __attribute__((always_inline)) void depthwise_block(const Depthwise<T>& d, int64_t position, int64_t c) {
  using V = typename VectorOf<Isa, T>::type;
  const int64_t channels = d.channels, column = position * Stride - d.before, left = -column, right = d.columns - column;
  const V start = d.bias != nullptr ? load_vector<Isa, T>(d.bias + c) : V{};
  V sum[P];
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p) sum[p] = start;
  const T* weights = d.weights + c;
  for (int64_t line = 0; line < d.line_count; ++line, weights += d.weight_stride) {
    const T* x = d.x + d.lines[line] + column * channels + c;
    V weight[Width];
#pragma GCC unroll 16
    for (int v = 0; v < Width; ++v) weight[v] = load_vector<Isa, T>(weights + v * channels);
#pragma GCC unroll 32
    for (int j = 0; j < (P - 1) * Stride + Width; ++j) {
      if (Edge && (j < left || j >= right)) continue;
      const V value = load_vector<Isa, T>(x + j * channels);
#pragma GCC unroll 16
      for (int p = 0; p < P; ++p) {
        if (j - p * Stride >= 0 && j - p * Stride < Width) sum[p] += value * weight[j - p * Stride];
      }
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p) {
    if (d.clamp.on) sum[p] = clamped<Isa, T>(sum[p], d.clamp);
    store_vector<Isa, T>(d.out + (position + p) * channels + c, sum[p]);
  }
}

/// The taps of a position that lie on the line.
struct Taps {
  int64_t first, last;
};
template <class T>
inline Taps taps_of(const Depthwise<T>& d, int64_t position) {
  const int64_t column = position * d.stride - d.before, room = d.columns - column;
  const int64_t first = column >= 0 ? 0 : (-column + d.dilation - 1) / d.dilation;
  const int64_t last = room <= 0 ? 0 : (room + d.dilation - 1) / d.dilation;
  return {first, last < d.width ? last : d.width};
}

/// One position with any window.
template <class Isa, class T, int N>
inline __attribute__((always_inline)) void depthwise_any(const Depthwise<T>& d, int64_t position, int64_t c) {
  using V = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth;
  const Taps taps = taps_of(d, position);
  V sum[N];
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n) sum[n] = d.bias != nullptr ? load_vector<Isa, T>(d.bias + c + n * W) : V{};
  for (int64_t line = 0; line < d.line_count; ++line) {
    const T* x = d.x + d.lines[line] + (position * d.stride - d.before) * d.channels + c;
    const T* weights = d.weights + line * d.weight_stride + c;
    for (int64_t v = taps.first; v < taps.last; ++v) {
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n)
        sum[n] +=
            load_vector<Isa, T>(x + v * d.dilation * d.channels + n * W) * load_vector<Isa, T>(weights + v * d.channels + n * W);
    }
  }
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n) {
    if (d.clamp.on) sum[n] = clamped<Isa, T>(sum[n], d.clamp);
    store_vector<Isa, T>(d.out + position * d.channels + c + n * W, sum[n]);
  }
}

/// Σ a·b of `count` elements: a sum for each lane, then pairwise over the lanes. The rounding error grows with the number of
/// iterations, not of elements.
template <class Isa, class T>
T dot(const T* a, const T* b, int64_t count) {
  constexpr int W = VectorOf<Isa, T>::kWidth;
  typename VectorOf<Isa, T>::type lanes{};
  int64_t i = 0;
  for (; i + W <= count; i += W) lanes += load_vector<Isa, T>(a + i) * load_vector<Isa, T>(b + i);
  T rest{};
  for (; i < count; ++i) rest += a[i] * b[i];
  T sums[W];
  store_vector<Isa, T>(sums, lanes);
  for (int width = W / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  }
  return sums[0] + rest;
}

/// A channel that is not part of a whole vector.
template <class Isa, class T>
void depthwise_channel(const Depthwise<T>& d, int64_t position, int64_t c) {
  const Taps taps = taps_of(d, position);
  T sum = d.bias != nullptr ? d.bias[c] : T{};
  for (int64_t line = 0; line < d.line_count; ++line) {
    const T* x = d.x + d.lines[line] + (position * d.stride - d.before) * d.channels + c;
    if (d.channels == 1 && d.dilation == 1) {  // a filter for signals, with hundreds of taps
      sum += dot<Isa, T>(x + taps.first, d.weights + line * d.weight_stride + taps.first, taps.last - taps.first);
      continue;
    }
    for (int64_t v = taps.first; v < taps.last; ++v)
      sum += x[v * d.dilation * d.channels] * d.weights[line * d.weight_stride + v * d.channels + c];
  }
  if (d.clamp.on) sum = sum < d.clamp.low ? d.clamp.low : (sum > d.clamp.high ? d.clamp.high : sum);
  d.out[position * d.channels + c] = sum;
}

/// P positions, all channels, one vector of channels at a time: with more, sums and weights of a wide window do not fit the
/// registers.
template <class Isa, class T, int Width, int Stride, int P, bool Edge>
void depthwise_positions(const Depthwise<T>& d, int64_t position) {
  constexpr int W = VectorOf<Isa, T>::kWidth;
  int64_t c = 0;
  for (; c + W <= d.channel_count; c += W) depthwise_block<Isa, T, Width, Stride, P, Edge>(d, position, c);
  for (; c < d.channel_count; ++c) {
    for (int p = 0; p < P; ++p) depthwise_channel<Isa, T>(d, position + p, c);
  }
}

template <class Isa, class T, int Width, int Stride, int P>
void depthwise_row(const Depthwise<T>& d) {
  for (int64_t next = 0; next < d.positions; next += P) {
    const int64_t position = next + P <= d.positions ? next : d.positions - P;
    const int64_t column = position * Stride - d.before;
    if (column >= 0 && column + (P - 1) * Stride + Width <= d.columns)
      depthwise_positions<Isa, T, Width, Stride, P, false>(d, position);
    else
      depthwise_positions<Isa, T, Width, Stride, P, true>(d, position);
  }
}

template <class Isa, class T>
void depthwise_any_row(const Depthwise<T>& d) {
  constexpr int W = VectorOf<Isa, T>::kWidth, N = 4;
  for (int64_t position = 0; position < d.positions; ++position) {
    int64_t c = 0;
    for (; c + N * W <= d.channel_count; c += N * W) depthwise_any<Isa, T, N>(d, position, c);
    for (; c + W <= d.channel_count; c += W) depthwise_any<Isa, T, 1>(d, position, c);
    for (; c < d.channel_count; ++c) depthwise_channel<Isa, T>(d, position, c);
  }
}

template <class Isa, class T>
void depthwise(const Depthwise<T>& d) {
  const bool plain = d.dilation == 1;
  if (plain && d.width == 3 && d.stride == 1 && d.positions >= 7) return depthwise_row<Isa, T, 3, 1, 7>(d);
  if (plain && d.width == 3 && d.stride == 2 && d.positions >= 7) return depthwise_row<Isa, T, 3, 2, 7>(d);
  if (plain && d.width == 5 && d.stride == 1 && d.positions >= 7) return depthwise_row<Isa, T, 5, 1, 7>(d);
  if (plain && d.width == 5 && d.stride == 2 && d.positions >= 7) return depthwise_row<Isa, T, 5, 2, 7>(d);
  if (plain && d.width == 7 && d.stride == 1 && d.positions >= 6) return depthwise_row<Isa, T, 7, 1, 6>(d);
  depthwise_any_row<Isa, T>(d);
}

}  // namespace keraunos::cpu::isa
