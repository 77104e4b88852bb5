// The CUDA language as our kernels use it: the one header that depends on the compiler of a .cu file. nvcc compiles kernels for
// the GPU; for tests without a GPU g++ compiles the same text, and tests/standin implements the built-ins. Available in both:
//
//     threadIdx, blockIdx, blockDim, gridDim, __syncthreads, atomicCAS on int; C++ and <math.h>;
//     launch() instead of <<<>>>; dynamic_shared<T>() instead of __shared__ arrays; warps through the helpers below, all 32 lanes
//     together; atomic_add.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

#include "keraunos/error.h"

#ifdef __CUDACC__

namespace keraunos::cuda {

struct Here {
  __device__ static Here now() { return {}; }
};

template <class T>
__device__ T* dynamic_shared() {
  extern __shared__ __align__(16) unsigned char keraunos_dynamic_shared[];
  return reinterpret_cast<T*>(keraunos_dynamic_shared);
}

template <class T>
__device__ T shuffle_xor(T value, int mask, Here = {}) {
  return __shfl_xor_sync(0xffffffffu, value, mask);
}
template <class T>
__device__ T shuffle_down(T value, unsigned delta, Here = {}) {
  return __shfl_down_sync(0xffffffffu, value, delta);
}
template <class T>
__device__ T warp_broadcast(T value, int lane, Here = {}) {
  return __shfl_sync(0xffffffffu, value, lane);
}
__device__ inline float atomic_add(float* address, float value) { return atomicAdd(address, value); }

template <class Kernel>
void make_known(Kernel*) {}
inline void launching_from(const char*, int) {}

}  // namespace keraunos::cuda

#else
#include "standin/language_host.h"
#endif

namespace keraunos::cuda {

/// Sum over the 32 lanes, returned to every lane; added pairwise.
template <class T>
__device__ T warp_sum(T value, Here here = Here::now()) {
  for (int distance = 16; distance > 0; distance /= 2) value = static_cast<T>(value + shuffle_xor(value, distance, here));
  return value;
}

/// Maximum over the 32 lanes, returned to every lane; NaN if any lane holds one.
template <class T>
__device__ T warp_max(T value, Here here = Here::now()) {
  for (int distance = 16; distance > 0; distance /= 2) {
    const T other = shuffle_xor(value, distance, here);
    value = other > value || other != other ? other : value;
  }
  return value;
}

/// The number of blocks of a launch, and the source location of the launch.
struct Grid {
  dim3 blocks;
  const char* file;
  int line;
  template <class Blocks>
  Grid(Blocks count, const char* at_file = __builtin_FILE(), int at_line = __builtin_LINE())
      : blocks(count), file(at_file), line(at_line) {}
};

inline void check_launch(cudaError_t status, const Grid& grid) {
  if (status == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());
  const std::string path = grid.file;
  throw DeviceError("launching a kernel failed (" + path.substr(path.find_last_of('/') + 1) + ", line " +
                    std::to_string(grid.line) + "): CUDA says " + cudaGetErrorName(status) + ", " + cudaGetErrorString(status));
}

/// Dynamic shared memory that a kernel may use without allow_dynamic_shared().
inline constexpr size_t kPlainDynamicShared = 48 << 10;

/// Permits the kernel to use `bytes` of dynamic shared memory.
template <class... Parameters>
cudaError_t allow_dynamic_shared(void (*kernel)(Parameters...), size_t bytes) {
  make_known(kernel);
  return cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(bytes));
}

/// Enqueues kernel(arguments…) on the stream; DeviceError if the runtime refuses. A launch with more than 48 KiB of dynamic
/// shared memory first permits the device's maximum: every launch sets the same value, so threads do not revoke each other's
/// permission.
template <class... Parameters, class... Arguments>
void launch(void (*kernel)(Parameters...), Grid grid, dim3 block, size_t dynamic_shared_bytes, cudaStream_t stream,
            Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments), "one argument for each of the kernel's parameters");
  make_known(kernel);
  launching_from(grid.file, grid.line);
  if (dynamic_shared_bytes > kPlainDynamicShared) {
    int device = 0, most = 0;
    check_launch(cudaGetDevice(&device), grid);
    check_launch(cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device), grid);
    check_launch(allow_dynamic_shared(kernel, static_cast<size_t>(most)), grid);
  }
  cudaLaunchConfig_t config{};
  config.gridDim = grid.blocks;
  config.blockDim = block;
  config.dynamicSmemBytes = dynamic_shared_bytes;
  config.stream = stream;
  std::tuple<Parameters...> values(std::forward<Arguments>(arguments)...);
  std::apply(
      [&](Parameters&... value) {
        void* pointers[] = {static_cast<void*>(&value)..., nullptr};
        check_launch(cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(kernel), pointers), grid);
      },
      values);
}

}  // namespace keraunos::cuda
