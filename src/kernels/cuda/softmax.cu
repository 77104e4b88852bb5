// softmax(x)[i] = exp(x[i] − max) / Σ exp(x[j] − max); its logarithm is x[i] − max − log Σ. Computed in float (double for
// float64).
#include "kernels/cuda/block.h"
#include "kernels/cuda/elements.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/rows.h"
#include "kernels/cuda/scalar.h"
#include "kernels/cuda/softmax.h"

namespace keraunos::cuda {
namespace {

/// in, out (rows, length), length ≤ 32·kPer. One warp for each row; lane l holds elements l, l + 32, …
template <class T, int kPer>
__global__ void softmax_of_short_rows(const T* in, T* out, int64_t rows, int length, bool log) {
  using C = Computed<T>;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int64_t warps = int64_t{gridDim.x} * (blockDim.x / kWarp);
  for (int64_t row = int64_t{blockIdx.x} * (blockDim.x / kWarp) + threadIdx.x / kWarp; row < rows; row += warps) {
    C held[kPer];
    C greatest = -infinity<C>();
    for (int i = 0; i < kPer; ++i) {
      const int column = lane + i * kWarp;
      held[i] = column < length ? widen(in[row * length + column]) : -infinity<C>();
      greatest = held[i] > greatest ? held[i] : greatest;
    }
    greatest = warp_max(greatest);
    C sum = 0;
    for (int i = 0; i < kPer; ++i) {
      const C shifted = held[i] - greatest;
      const C power = exponential(shifted);
      held[i] = log ? shifted : power;
      sum += lane + i * kWarp < length ? power : C(0);
    }
    sum = warp_sum(sum);
    const C scale = log ? logarithm(sum) : C(1) / sum;
    for (int i = 0; i < kPer; ++i) {
      const int column = lane + i * kWarp;
      if (column < length) out[row * length + column] = narrow<T>(log ? held[i] - scale : held[i] * scale);
    }
  }
}

/// in, out (rows, length). One block for each row; thread t processes elements t, t + blockDim, … in three passes.
template <class T>
__global__ void __launch_bounds__(1024) softmax_of_long_rows(const T* in, T* out, int64_t rows, int64_t length, bool log) {
  using C = Computed<T>;
  C* const scratch = dynamic_shared<C>();
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const T* const from = in + row * length;
    T* const to = out + row * length;
    C greatest = -infinity<C>();
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x) {
      const C x = widen(from[i]);
      greatest = x > greatest ? x : greatest;
    }
    greatest = block_max(greatest, -infinity<C>(), scratch);
    C sum = 0;
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x) sum += exponential(widen(from[i]) - greatest);
    sum = block_sum(sum, scratch);
    const C scale = log ? logarithm(sum) : C(1) / sum;
    for (int64_t i = threadIdx.x; i < length; i += blockDim.x) {
      const C shifted = widen(from[i]) - greatest;
      to[i] = narrow<T>(log ? shifted - scale : exponential(shifted) * scale);
    }
  }
}

}  // namespace

void launch_softmax(DType type, bool log, const void* in, void* out, int64_t rows, int64_t length, const LaunchContext& context,
                    cudaStream_t stream) {
  if (rows == 0 || length == 0) return;
  for_floating("softmax", type, [&]<class T>(Type<T>) {
    const T* const from = static_cast<const T*>(in);
    T* const to = static_cast<T*>(out);
    if (length > kLongestWarpRow) {
      launch(softmax_of_long_rows<T>, blocks_for(rows, 1, context), threads_for_row(length), kMaxWarps * sizeof(Computed<T>),
             stream, from, to, rows, length, log);
      return;
    }
    for_row_length(length, [&]<int N>() {
      launch(softmax_of_short_rows<T, N>, blocks_for(rows, kWarpsPerBlock, context), kWarpsPerBlock * kWarp, 0, stream, from, to,
             rows, static_cast<int>(length), log);
    });
  });
}

}  // namespace keraunos::cuda
