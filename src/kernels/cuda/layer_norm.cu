// Layer normalisation. The variance is the mean of squared differences from the mean, computed in a second pass: the one-pass
// form E[x²] − E[x]² loses all digits when the mean is large.
#include "kernels/cuda/block.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/layer_norm.h"
#include "kernels/cuda/rows.h"
#include "kernels/cuda/scalar.h"

namespace keraunos::cuda {
namespace {

template <class T>
__device__ T normalised(Computed<T> x, Computed<T> mean, Computed<T> scale, const T* gamma, const T* beta, int64_t column) {
  Computed<T> y = (x - mean) * scale;
  if (gamma != nullptr) y *= widen(gamma[column]);
  if (beta != nullptr) y += widen(beta[column]);
  return narrow<T>(y);
}

/// in, out (rows, length), length ≤ 32·kPer; gamma, beta (length) or null. One warp for each row; lane l holds elements l, l +
/// 32, …
template <class T, int kPer>
__global__ void normalise_short_rows(const T* in, const T* gamma, const T* beta, T* out, int64_t rows, int length,
                                     Computed<T> epsilon) {
  using C = Computed<T>;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int64_t warps = int64_t{gridDim.x} * (blockDim.x / kWarp);
  for (int64_t row = int64_t{blockIdx.x} * (blockDim.x / kWarp) + threadIdx.x / kWarp; row < rows; row += warps) {
    C held[kPer];
    C sum = 0;
    for (int i = 0; i < kPer; ++i) {
      const int column = lane + i * kWarp;
      held[i] = column < length ? widen(in[row * length + column]) : C(0);
      sum += held[i];
    }
    const C mean = warp_sum(sum) / static_cast<C>(length);
    C squares = 0;
    for (int i = 0; i < kPer; ++i) {
      const C difference = lane + i * kWarp < length ? held[i] - mean : C(0);
      squares += difference * difference;
    }
    const C scale = C(1) / square_root(warp_sum(squares) / static_cast<C>(length) + epsilon);
    for (int i = 0; i < kPer; ++i) {
      const int column = lane + i * kWarp;
      if (column < length) out[row * length + column] = normalised<T>(held[i], mean, scale, gamma, beta, column);
    }
  }
}

/// The same for any length. One block for each row; thread t processes elements t, t + blockDim, …
template <class T>
__global__ void __launch_bounds__(1024)
    normalise_long_rows(const T* in, const T* gamma, const T* beta, T* out, int64_t rows, int64_t length, Computed<T> epsilon) {
  using C = Computed<T>;
  C* const scratch = dynamic_shared<C>();
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const T* const from = in + row * length;
    C sum = 0;
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x) sum += widen(from[i]);
    const C mean = block_sum(sum, scratch) / static_cast<C>(length);
    C squares = 0;
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x) {
      const C difference = widen(from[i]) - mean;
      squares += difference * difference;
    }
    const C scale = C(1) / square_root(block_sum(squares, scratch) / static_cast<C>(length) + epsilon);
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x) {
      out[row * length + i] = normalised<T>(widen(from[i]), mean, scale, gamma, beta, i);
    }
  }
}

}  // namespace

void launch_layer_norm(DType type, const void* in, const void* gamma, const void* beta, void* out, int64_t rows, int64_t length,
                       double epsilon, const LaunchContext& context, cudaStream_t stream) {
  if (rows == 0 || length == 0) return;
  for_floating("layer normalisation", type, [&]<class T>(Type<T>) {
    const T* const from = static_cast<const T*>(in);
    const T* const scale = static_cast<const T*>(gamma);
    const T* const shift = static_cast<const T*>(beta);
    T* const to = static_cast<T*>(out);
    const auto small = static_cast<Computed<T>>(epsilon);
    if (length > kLongestWarpRow) {
      launch(normalise_long_rows<T>, blocks_for(rows, 1, context), threads_for_row(length), kMaxWarps * sizeof(Computed<T>),
             stream, from, scale, shift, to, rows, length, small);
      return;
    }
    for_row_length(length, [&]<int N>() {
      launch(normalise_short_rows<T, N>, blocks_for(rows, kWarpsPerBlock, context), kWarpsPerBlock * kWarp, 0, stream, from,
             scale, shift, to, rows, static_cast<int>(length), small);
    });
  });
}

}  // namespace keraunos::cuda
