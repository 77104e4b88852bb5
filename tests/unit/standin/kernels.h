// Small kernels for the stand-in's own tests, correct and faulty ones. The .cu file is compiled as C++; nvcc accepts it too.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace keraunos::cuda::tests {

void launch_scale(const float* in, float* out, int count, float factor, cudaStream_t stream);             ///< out = in · factor
void launch_scale_off_by_one(const float* in, float* out, int count, float factor, cudaStream_t stream);  ///< `<=` for `<`
void launch_add(const float* a, const float* b, float* out, int count, cudaStream_t stream);
/// out (blocks): sums of 256 elements each, through shared memory. Omitting a barrier is a race.
enum class Barriers { all, none_before_reading, none_before_reuse };
void launch_block_sums(const float* in, float* out, int blocks, Barriers barriers, cudaStream_t stream);
/// out (64): sum, maximum, xor, down and broadcast of two warps' values, by lane.
void launch_warps(const float* in, float* out, cudaStream_t stream);
void launch_partial_warp(float* out, cudaStream_t stream);    ///< 40 threads: sums of a whole warp and of 8 lanes
void launch_ended_lane(float* out, cudaStream_t stream);      ///< lane 5 exits before the warp's sum
void launch_two_barriers(float* out, cudaStream_t stream);    ///< even threads wait at one barrier, odd threads at another
void launch_coordinates(uint32_t* out, cudaStream_t stream);  ///< grid (2, 3, 2), block (4, 2, 3): the coordinates of each thread
void launch_count(float* total, cudaStream_t stream);         ///< 8 blocks of 64 threads each add 1
void launch_same_element(float* out, int blocks, cudaStream_t stream);  ///< every block writes out[0]
void launch_shared(size_t bytes, size_t touched, cudaStream_t stream);  ///< writes `touched` bytes of shared memory of `bytes`
void launch_threads(unsigned threads, cudaStream_t stream);
struct Boxed {
  const float* pointer;
};
void launch_boxed(Boxed in, float* out, cudaStream_t stream);         ///< out[0] = in.pointer[0]
void launch_boxed_unused(Boxed in, float* out, cudaStream_t stream);  ///< out[0] = 1
void launch_deep(float* out, cudaStream_t stream);                    ///< overflows its stack

}  // namespace keraunos::cuda::tests
