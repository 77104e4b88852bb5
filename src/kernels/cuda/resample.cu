#include "kernels/cuda/language.h"
#include "kernels/cuda/resample.h"

namespace keraunos::cuda {
namespace {

/// A thread computes elements index, index + threads of the grid, …; the threads of a warp are adjacent along the axes after the
/// resampled one.
template <class T>
__global__ void resample_lines(ResampleShape s, const T* x, const int32_t* ids, const T* weights, T* out) {
  const int64_t count = s.before * s.results * s.after, threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t index = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; index < count; index += threads) {
    const int64_t line = index / s.after, place = index - line * s.after;
    const int64_t before = line / s.results, taps = (line - before * s.results) * s.taps;
    const T* from = x + before * s.elements * s.after + place;
    if (s.lerp) {
      const T a = from[ids[taps] * s.after], b = from[ids[taps + 1] * s.after];
      out[index] = a + (b - a) * weights[taps + 1];
      continue;
    }
    T sum = 0;
    for (int64_t k = 0; k < s.taps; ++k) {
      const T weight = weights[taps + k];
      if (weight != 0) sum += weight * from[ids[taps + k] * s.after];
    }
    out[index] = sum;
  }
}

template <class T>
void launch_typed(const ResampleShape& shape, const void* x, const int32_t* ids, const void* weights, void* out,
                  const LaunchContext& context, cudaStream_t stream) {
  const int64_t count = shape.before * shape.results * shape.after;
  if (count == 0) return;
  launch(resample_lines<T>, blocks_for(count, kBlock, context), kBlock, 0, stream, shape, static_cast<const T*>(x), ids,
         static_cast<const T*>(weights), static_cast<T*>(out));
}

}  // namespace

void launch_resample(DType type, const ResampleShape& shape, const void* x, const int32_t* ids, const void* weights, void* out,
                     const LaunchContext& context, cudaStream_t stream) {
  if (type == DType::float64)
    launch_typed<double>(shape, x, ids, weights, out, context, stream);
  else
    launch_typed<float>(shape, x, ids, weights, out, context, stream);
}

}  // namespace keraunos::cuda
