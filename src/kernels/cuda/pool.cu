#include <limits>

#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/pool.h"
#include "kernels/cuda/word.h"

namespace keraunos::cuda {
namespace {

/// in (batch, D, H, W, channels), out (batch, D', H', W', channels). A thread computes N adjacent channels of one position; the
/// threads of a warp compute adjacent packs of channels.
template <class T, int N, bool kMaximum>
__global__ void pool_windows(WindowShape s, int64_t channels, int64_t packs, Computed<T> start, const T* in, T* out) {
  using C = Computed<T>;
  const int64_t threads = int64_t{gridDim.x} * blockDim.x, across = channels / N;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < packs; index += threads) {
    const int64_t position = index / across, channel = (index - position * across) * N;
    C value[N];
    for (int i = 0; i < N; ++i) value[i] = start;
    const int64_t count = for_taps(s, position, [&](int64_t place, int64_t) {
      const Pack<T, N> pack = *reinterpret_cast<const Pack<T, N>*>(in + place * channels + channel);
      for (int i = 0; i < N; ++i) {
        const C x = widen(pack.at[i]);
        if constexpr (kMaximum)
          value[i] = x > value[i] || x != x ? x : value[i];
        else
          value[i] = static_cast<C>(value[i] + x);
      }
    });
    Pack<T, N> result;
    for (int i = 0; i < N; ++i) {
      if constexpr (kMaximum)
        result.at[i] = narrow<T>(value[i]);
      else
        result.at[i] = narrow<T>(value[i] / static_cast<C>(count));
    }
    *reinterpret_cast<Pack<T, N>*>(out + position * channels + channel) = result;
  }
}

/// The initial value of a maximum.
template <class C>
constexpr C least() {
  if constexpr (std::is_floating_point_v<C>)
    return -std::numeric_limits<C>::infinity();
  else
    return std::numeric_limits<C>::lowest();
}

template <bool kMaximum, class T>
void launch_typed(const WindowShape& shape, int64_t channels, const T* in, T* out, const LaunchContext& context,
                  cudaStream_t stream) {
  if (shape.positions() * channels == 0) return;
  constexpr int kWide = 16 / static_cast<int>(sizeof(T));
  const bool wide = elements_per_word(static_cast<int>(sizeof(T)), {channels}, {in, out}) == kWide;
  const int64_t packs = shape.positions() * (wide ? channels / kWide : channels);
  const auto kernel = wide ? pool_windows<T, kWide, kMaximum> : pool_windows<T, 1, kMaximum>;
  launch(kernel, blocks_for(packs, kBlock, context), kBlock, 0, stream, shape, channels, packs,
         kMaximum ? least<Computed<T>>() : Computed<T>(0), in, out);
}

}  // namespace

void launch_pool(DType type, bool maximum, const WindowShape& shape, int64_t channels, const void* in, void* out,
                 const LaunchContext& context, cudaStream_t stream) {
  if (maximum) {
    for_numeric("max pooling", type, [&]<class T>(Type<T>) {
      launch_typed<true>(shape, channels, static_cast<const T*>(in), static_cast<T*>(out), context, stream);
    });
  } else {
    for_floating("average pooling", type, [&]<class T>(Type<T>) {
      launch_typed<false>(shape, channels, static_cast<const T*>(in), static_cast<T*>(out), context, stream);
    });
  }
}

}  // namespace keraunos::cuda
