#include "kernels/cuda/conv.h"
#include "kernels/cuda/depthwise.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/word.h"

namespace keraunos::cuda {
namespace {

/// y (positions, filters): a thread computes filter f of one position; the threads of a warp compute adjacent filters.
template <class T>
__global__ void convolve_directly(ConvShape s, int64_t elements, const T* x, const T* kernel,
                                  const __grid_constant__ Epilogue epilogue, T* y) {
  using C = Computed<T>;
  const int64_t threads = int64_t{gridDim.x} * blockDim.x, depth = s.channels / s.groups, filters = s.filters / s.groups;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < elements; index += threads) {
    const int64_t position = index / s.filters, filter = index - position * s.filters, first = filter / filters * depth;
    C sum = 0;
    for_taps(s.window, position, [&](int64_t place, int64_t tap) {
      const T* const from = x + place * s.channels + first;
      const T* const weights = kernel + tap * s.tap_stride + filter * s.filter_stride;
      for (int64_t c = 0; c < depth; ++c) sum += widen(from[c]) * widen(weights[c * s.channel_stride]);
    });
    C value[1] = {sum};
    if constexpr (kIsHalf<T>) value[0] = widen(narrow<T>(sum));
    run_chain<T, 1>(epilogue.chain, epilogue.strides, epilogue.operands, static_cast<uint64_t>(index), value);
    y[index] = narrow<T>(value[0]);
  }
}

/// Any window; depthwise.cu computes the common ones. x (batch, D, H, W, channels), kernel (taps, channels), y (batch, D', H',
/// W', channels). A thread computes N adjacent channels of one position with loads of up to 16 bytes; the threads of a warp
/// compute adjacent packs of channels.
template <class T, int N>
__global__ void convolve_depthwise(ConvShape s, int64_t packs, const T* x, const T* kernel,
                                   const __grid_constant__ Epilogue epilogue, T* y) {
  using C = Computed<T>;
  const int64_t threads = int64_t{gridDim.x} * blockDim.x, across = s.channels / N;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < packs; index += threads) {
    const int64_t position = index / across, channel = (index - position * across) * N;
    C sum[N] = {};
    for_taps(s.window, position, [&](int64_t place, int64_t tap) {
      const Pack<T, N> from = *reinterpret_cast<const Pack<T, N>*>(x + place * s.channels + channel);
      const Pack<T, N> weights = *reinterpret_cast<const Pack<T, N>*>(kernel + tap * s.channels + channel);
      for (int i = 0; i < N; ++i) sum[i] += widen(from.at[i]) * widen(weights.at[i]);
    });
    if constexpr (kIsHalf<T>) {
      for (int i = 0; i < N; ++i) sum[i] = widen(narrow<T>(sum[i]));
    }
    run_chain<T, N>(epilogue.chain, epilogue.strides, epilogue.operands, static_cast<uint64_t>(index * N), sum);
    Pack<T, N> result;
    for (int i = 0; i < N; ++i) result.at[i] = narrow<T>(sum[i]);
    reinterpret_cast<Pack<T, N>*>(y)[index] = result;
  }
}

template <class T>
void launch_depthwise_typed(const ConvShape& shape, const T* x, const T* kernel, const Epilogue& epilogue, T* y,
                            const LaunchContext& context, cudaStream_t stream) {
  constexpr int kWide = 16 / static_cast<int>(sizeof(T));
  const bool wide = elements_per_word(static_cast<int>(sizeof(T)), {shape.channels}, {x, kernel, y}) == kWide &&
                    (epilogue.chain.links == 0 || packs_fit(epilogue.strides, epilogue.operands, 1, kWide, sizeof(T)));
  const int64_t packs = shape.window.positions() * (wide ? shape.channels / kWide : shape.channels);
  const auto kernel_of = wide ? convolve_depthwise<T, kWide> : convolve_depthwise<T, 1>;
  launch(kernel_of, blocks_for(packs, kBlock, context), kBlock, 0, stream, shape, packs, x, kernel, epilogue, y);
}

}  // namespace

void launch_conv(DType type, const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue, void* y,
                 const LaunchContext& context, cudaStream_t stream) {
  const int64_t elements = shape.window.positions() * shape.filters;
  if (elements == 0) return;
  for_floating("convolution", type, [&]<class T>(Type<T>) {
    launch(convolve_directly<T>, blocks_for(elements, kBlock, context), kBlock, 0, stream, shape, elements,
           static_cast<const T*>(x), static_cast<const T*>(kernel), epilogue, static_cast<T*>(y));
  });
}

void launch_depthwise(DType type, const ConvShape& shape, const void* x, const void* kernel, const Epilogue& epilogue, void* y,
                      const LaunchContext& context, cudaStream_t stream) {
  if (shape.window.positions() * shape.channels == 0) return;
  if (launch_depthwise_rows(type, shape, x, kernel, epilogue, y, context, stream)) return;
  for_floating("depthwise convolution", type, [&]<class T>(Type<T>) {
    launch_depthwise_typed(shape, static_cast<const T*>(x), static_cast<const T*>(kernel), epilogue, static_cast<T*>(y), context,
                           stream);
  });
}

}  // namespace keraunos::cuda
