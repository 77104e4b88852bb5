#include "kernels/cuda/pool.h"

#include <limits>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/word.h"
#include "kernels/math/functions.h"

namespace keraunos::cuda {
namespace {

/// The part of a window that lies inside of an axis: positions first, first + dilation, … (count of them).
struct Reach {
  int64_t first, count;
};

KERAUNOS_HD Reach reach_of(const PoolShape& s, size_t axis, int64_t position) {
  const int64_t dilation = s.dilation[axis], start = position * s.stride[axis] - s.low[axis];
  const int64_t skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
  const int64_t first = start + skipped * dilation;
  const int64_t room = s.in[axis] <= first ? 0 : (s.in[axis] - first + dilation - 1) / dilation;
  const int64_t left = s.window[axis] - skipped;
  return {first, left < 0 ? 0 : (room < left ? room : left)};
}

/// in (batch, D, H, W, channels), out (batch, D', H', W', channels). A thread computes N neighbouring channels of one position; threads of
/// a warp lie along channels.
template <class T, int N, bool kMaximum>
__global__ void pool_windows(PoolShape s, int64_t packs, Computed<T> start, const T* in, T* out) {
  using C = Computed<T>;
  const int64_t threads = int64_t{gridDim.x} * blockDim.x, across = s.channels / N;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < packs; index += threads) {
    int64_t rest = index / across;
    const int64_t channel = (index - rest * across) * N;
    Reach reach[3];
    for (size_t axis = 3; axis-- > 0;) {
      const int64_t next = rest / s.out[axis];
      reach[axis] = reach_of(s, axis, rest - next * s.out[axis]);
      rest = next;
    }
    C value[N];
    for (int i = 0; i < N; ++i) value[i] = start;
    for (int64_t d = 0; d < reach[0].count; ++d) {
      for (int64_t h = 0; h < reach[1].count; ++h) {
        for (int64_t w = 0; w < reach[2].count; ++w) {
          const int64_t depth = reach[0].first + d * s.dilation[0], row = reach[1].first + h * s.dilation[1];
          const int64_t column = reach[2].first + w * s.dilation[2];
          const int64_t place = ((rest * s.in[0] + depth) * s.in[1] + row) * s.in[2] + column;
          const Pack<T, N> pack = *reinterpret_cast<const Pack<T, N>*>(in + place * s.channels + channel);
          for (int i = 0; i < N; ++i) {
            const C x = widen(pack.at[i]);
            if constexpr (kMaximum) value[i] = x > value[i] || x != x ? x : value[i];
            else value[i] = static_cast<C>(value[i] + x);
          }
        }
      }
    }
    const int64_t count = reach[0].count * reach[1].count * reach[2].count;
    Pack<T, N> result;
    for (int i = 0; i < N; ++i) {
      if constexpr (kMaximum) result.at[i] = narrow<T>(value[i]);
      else result.at[i] = narrow<T>(static_cast<C>(value[i] / static_cast<C>(count)));
    }
    *reinterpret_cast<Pack<T, N>*>(out + index / across * s.channels + channel) = result;
  }
}

/// What a maximum starts from.
template <class C>
constexpr C least() {
  if constexpr (std::is_floating_point_v<C>) return -std::numeric_limits<C>::infinity();
  else return std::numeric_limits<C>::lowest();
}

template <bool kMaximum, class T>
void launch_typed(const PoolShape& shape, const T* in, T* out, const LaunchContext& context, cudaStream_t stream) {
  const int64_t positions = shape.batch * shape.out[0] * shape.out[1] * shape.out[2];
  if (positions * shape.channels == 0) return;
  constexpr int kWide = 16 / static_cast<int>(sizeof(T));
  const bool wide = elements_per_word(static_cast<int>(sizeof(T)), {shape.channels}, {in, out}) == kWide;
  const int64_t packs = positions * (wide ? shape.channels / kWide : shape.channels);
  const auto kernel = wide ? pool_windows<T, kWide, kMaximum> : pool_windows<T, 1, kMaximum>;
  launch(kernel, blocks_for(packs, kBlock, context), kBlock, 0, stream, shape, packs, kMaximum ? least<Computed<T>>() : Computed<T>(0), in, out);
}

}  // namespace

void launch_pool(DType type, bool maximum, const PoolShape& shape, const void* in, void* out, const LaunchContext& context,
                 cudaStream_t stream) {
  if (maximum) {
    for_numeric("max pooling", type, [&]<class T>(Type<T>) {
      launch_typed<true>(shape, static_cast<const T*>(in), static_cast<T*>(out), context, stream);
    });
  } else {
    for_floating("average pooling", type, [&]<class T>(Type<T>) {
      launch_typed<false>(shape, static_cast<const T*>(in), static_cast<T*>(out), context, stream);
    });
  }
}

}  // namespace keraunos::cuda
