// Depthwise convolution of neighbouring output positions in a row, channels last. Channels fill vectors; P positions have sums in
// registers. For the common windows (3, 5 and 7 wide, stride 1 and 2) every element of the image is loaded once for all positions
// whose window it lies in, and the line's weights stay in registers: less than one load per multiplication.
#pragma once

#include "kernels/cpu/isa/product.h"

namespace keraunos::cpu::isa {

/// Windows `Width` wide (0: any width, stride and dilation), P positions from `position` on, N vectors of channels from `c` on.
template <class Isa, class T, int Width, int Stride, int P, int N>
inline __attribute__((always_inline)) void depthwise_block(const Depthwise<T>& d, int64_t position, int64_t c) {
  using V = typename VectorOf<Isa, T>::type;
  constexpr int W = VectorOf<Isa, T>::kWidth;
  const int64_t channels = d.channels;
  const T* image = d.x + position * d.stride * channels + c;
  const T* weights = d.weights + c;
  V sum[P][N];
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n) {
    const V start = d.bias != nullptr ? load_vector<Isa, T>(d.bias + c + n * W) : V{};
#pragma GCC unroll 16
    for (int p = 0; p < P; ++p) sum[p][n] = start;
  }
  for (int64_t line = 0; line < d.line_count; ++line, weights += d.weight_stride) {
    const T* x = image + d.lines[line];
    if constexpr (Width > 0) {
#pragma GCC unroll 16
      for (int n = 0; n < N; ++n) {
        V weight[Width];
#pragma GCC unroll 16
        for (int v = 0; v < Width; ++v) weight[v] = load_vector<Isa, T>(weights + v * channels + n * W);
#pragma GCC unroll 32
        for (int j = 0; j < (P - 1) * Stride + Width; ++j) {
          const V value = load_vector<Isa, T>(x + j * channels + n * W);
#pragma GCC unroll 16
          for (int p = 0; p < P; ++p) {
            if (j - p * Stride >= 0 && j - p * Stride < Width) sum[p][n] += value * weight[j - p * Stride];
          }
        }
      }
    } else {
      for (int64_t v = 0; v < d.width; ++v) {
#pragma GCC unroll 16
        for (int n = 0; n < N; ++n) {
          const V weight = load_vector<Isa, T>(weights + v * channels + n * W);
#pragma GCC unroll 16
          for (int p = 0; p < P; ++p)
            sum[p][n] += load_vector<Isa, T>(x + (p * d.stride + v * d.dilation) * channels + n * W) * weight;
        }
      }
    }
  }
#pragma GCC unroll 16
  for (int p = 0; p < P; ++p) {
#pragma GCC unroll 16
    for (int n = 0; n < N; ++n) {
      if (d.clamp.on) sum[p][n] = clamped<Isa, T>(sum[p][n], d.clamp);
      store_vector<Isa, T>(d.out + (position + p) * channels + c + n * W, sum[p][n]);
    }
  }
}

/// The channels that do not fill a vector.
template <class Isa, class T>
void depthwise_rest(const Depthwise<T>& d, int64_t position, int64_t c) {
  for (; c < d.channels; ++c) {
    T sum = d.bias != nullptr ? d.bias[c] : T{};
    for (int64_t line = 0; line < d.line_count; ++line) {
      for (int64_t v = 0; v < d.width; ++v) {
        sum += d.x[d.lines[line] + (position * d.stride + v * d.dilation) * d.channels + c] *
               d.weights[line * d.weight_stride + v * d.channels + c];
      }
    }
    if (d.clamp.on) sum = sum < d.clamp.low ? d.clamp.low : (sum > d.clamp.high ? d.clamp.high : sum);
    d.out[position * d.channels + c] = sum;
  }
}

template <class Isa, class T, int Width, int Stride, int P, int N>
void depthwise_positions(const Depthwise<T>& d, int64_t position) {
  constexpr int W = VectorOf<Isa, T>::kWidth;
  int64_t c = 0;
  for (; c + N * W <= d.channels; c += N * W) depthwise_block<Isa, T, Width, Stride, P, N>(d, position, c);
  for (; c + W <= d.channels; c += W) depthwise_block<Isa, T, Width, Stride, P, 1>(d, position, c);
  for (int p = 0; c < d.channels && p < P; ++p) depthwise_rest<Isa, T>(d, position + p, c);
}

/// Two vectors are a cache line on AVX2: with wide strides between positions no line is fetched twice. Windows of 5 and 7 have
/// too many weights for that.
template <class Isa, class T, int Width, int Stride>
void depthwise_row(const Depthwise<T>& d) {
  constexpr int N = Width == 3 ? 2 : 1;
  constexpr int P = Width == 5 ? 8 : Width == 7 ? 6 : 4;
  int64_t position = 0;
  for (; position + P <= d.positions; position += P) depthwise_positions<Isa, T, Width, Stride, P, N>(d, position);
  if constexpr (P > 4) {
    for (; position + 4 <= d.positions; position += 4) depthwise_positions<Isa, T, Width, Stride, 4, N>(d, position);
  }
  for (; position + 2 <= d.positions; position += 2) depthwise_positions<Isa, T, Width, Stride, 2, 2>(d, position);
  for (; position < d.positions; ++position) depthwise_positions<Isa, T, Width, Stride, 1, 4>(d, position);
}

template <class Isa, class T>
void depthwise(const Depthwise<T>& d) {
  const bool plain = d.dilation == 1;
  if (plain && d.width == 3 && d.stride == 1) return depthwise_row<Isa, T, 3, 1>(d);
  if (plain && d.width == 3 && d.stride == 2) return depthwise_row<Isa, T, 3, 2>(d);
  if (plain && d.width == 5 && d.stride == 1) return depthwise_row<Isa, T, 5, 1>(d);
  if (plain && d.width == 5 && d.stride == 2) return depthwise_row<Isa, T, 5, 2>(d);
  if (plain && d.width == 7 && d.stride == 1) return depthwise_row<Isa, T, 7, 1>(d);
  depthwise_row<Isa, T, 0, 1>(d);
}

}  // namespace keraunos::cpu::isa
