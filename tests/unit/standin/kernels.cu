#include "kernels.h"
#include "kernels/cuda/language.h"

namespace keraunos::cuda::tests {
namespace {

__device__ int global_index() { return static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x); }
unsigned blocks_of(int count) { return static_cast<unsigned>(count + 63) / 64; }

__global__ void scale(const float* in, float* out, int count, float factor) {
  const int i = global_index();
  if (i < count) out[i] = in[i] * factor;
}
__global__ void scale_off_by_one(const float* in, float* out, int count, float factor) {
  const int i = global_index();
  if (i <= count) out[i] = in[i] * factor;
}
__global__ void add(const float* a, const float* b, float* out, int count) {
  const int i = global_index();
  if (i < count) out[i] = a[i] + b[i];
}

/// A block repeatedly adds the halves of its 256 elements until one is left, and does this twice: the second time it reuses its
/// shared memory.
__global__ void block_sums(const float* in, float* out, Barriers barriers) {
  float* const shared = dynamic_shared<float>();
  const unsigned thread = threadIdx.x;
  float total = 0;
  for (int round = 0; round < 2; ++round) {
    shared[thread] = in[global_index()] * static_cast<float>(round + 1);
    if (barriers != Barriers::none_before_reading) __syncthreads();
    float sum = 0;
    for (unsigned i = 0; i < blockDim.x; ++i) sum += shared[i];
    total += sum;
    if (barriers != Barriers::none_before_reuse) __syncthreads();
  }
  if (thread == 77) out[blockIdx.x] = total;
}

__global__ void warps(const float* in, float* out) {
  const float value = in[threadIdx.x];
  const float results[] = {warp_sum(value), warp_max(value), shuffle_xor(value, 5), shuffle_down(value, 3u),
                           warp_broadcast(value, 7)};
  for (unsigned i = 0; i < 5; ++i) out[i * 64 + threadIdx.x] = results[i];
}
__global__ void partial_warp(float* out) { out[threadIdx.x] = warp_sum(1.0f); }
__global__ void ended_lane(float* out) {
  if (threadIdx.x == 5) return;
  out[threadIdx.x] = warp_sum(1.0f);
}
__global__ void two_barriers(float* out) {
  if (threadIdx.x % 2 == 0) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  out[threadIdx.x] = 1.0f;
}
__global__ void coordinates(uint32_t* out) {
  const uint32_t block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
  const uint32_t thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  out[block * blockDim.x * blockDim.y * blockDim.z + thread] = block * 100 + thread;
}
__global__ void count_threads(float* total) { atomic_add(total, 1.0f); }
__global__ void same_element(float* out) {
  if (threadIdx.x == 0) out[0] = static_cast<float>(blockIdx.x);
}
__global__ void touch_shared(size_t touched) {
  char* const shared = dynamic_shared<char>();
  for (size_t i = threadIdx.x; i < touched; i += blockDim.x) shared[i] = 1;
}
__global__ void do_nothing() {}
__global__ void read_boxed(Boxed in, float* out) { out[0] = in.pointer[0]; }
__global__ void ignore_boxed(Boxed, float* out) { out[0] = 1; }
__device__ float deeper(float* out, float x) {
  volatile float kept[1024];
  for (int i = 0; i < 1024; ++i) kept[i] = x;
  if (x > 1e30f) return kept[static_cast<int>(out[0])];
  return deeper(out, x + 1) + kept[5];
}
__global__ void go_deep(float* out) { out[0] = deeper(out, 1.0f); }

}  // namespace

void launch_scale(const float* in, float* out, int count, float factor, cudaStream_t stream) {
  launch(scale, blocks_of(count), 64, 0, stream, in, out, count, factor);
}
void launch_scale_off_by_one(const float* in, float* out, int count, float factor, cudaStream_t stream) {
  launch(scale_off_by_one, blocks_of(count), 64, 0, stream, in, out, count, factor);
}
void launch_add(const float* a, const float* b, float* out, int count, cudaStream_t stream) {
  launch(add, blocks_of(count), 64, 0, stream, a, b, out, count);
}
void launch_block_sums(const float* in, float* out, int blocks, Barriers barriers, cudaStream_t stream) {
  launch(block_sums, static_cast<unsigned>(blocks), 256, 256 * sizeof(float), stream, in, out, barriers);
}
void launch_warps(const float* in, float* out, cudaStream_t stream) { launch(warps, 1u, 64, 0, stream, in, out); }
void launch_partial_warp(float* out, cudaStream_t stream) { launch(partial_warp, 1u, 40, 0, stream, out); }
void launch_ended_lane(float* out, cudaStream_t stream) { launch(ended_lane, 1u, 32, 0, stream, out); }
void launch_two_barriers(float* out, cudaStream_t stream) { launch(two_barriers, 1u, 64, 0, stream, out); }
void launch_coordinates(uint32_t* out, cudaStream_t stream) { launch(coordinates, dim3(2, 3, 2), dim3(4, 2, 3), 0, stream, out); }
void launch_count(float* total, cudaStream_t stream) { launch(count_threads, 8u, 64, 0, stream, total); }
void launch_same_element(float* out, int blocks, cudaStream_t stream) {
  launch(same_element, static_cast<unsigned>(blocks), 32, 0, stream, out);
}
void launch_shared(size_t bytes, size_t touched, cudaStream_t stream) { launch(touch_shared, 2u, 64, bytes, stream, touched); }
void launch_threads(unsigned threads, cudaStream_t stream) { launch(do_nothing, 1u, threads, 0, stream); }
void launch_boxed(Boxed in, float* out, cudaStream_t stream) { launch(read_boxed, 1u, 1, 0, stream, in, out); }
void launch_boxed_unused(Boxed in, float* out, cudaStream_t stream) { launch(ignore_boxed, 1u, 1, 0, stream, in, out); }
void launch_deep(float* out, cudaStream_t stream) { launch(go_deep, 1u, 1, 0, stream, out); }

}  // namespace keraunos::cuda::tests
