#include "kernels/cuda/runtime/memory.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <string>

#include "keraunos/error.h"
#include "kernels/cuda/runtime/check.h"
#include "kernels/cuda/runtime/properties.h"
#include "kernels/cuda/runtime/stream.h"

namespace keraunos::cuda {
namespace {

std::string megabytes(size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

[[noreturn]] void out_of_memory(int device, int64_t bytes, cudaError_t status) {
  cudaGetLastError();
  size_t free = 0, total = 0;
  const bool known = cudaMemGetInfo(&free, &total) == cudaSuccess;
  throw DeviceError("cannot allocate " + std::to_string(bytes) + " bytes on CUDA device " + std::to_string(device) + ": " +
                    cudaGetErrorString(status) +
                    (known ? " (" + megabytes(free) + " of " + megabytes(total) + " are free)" : "") +
                    "; a smaller batch needs less");
}

}  // namespace

std::shared_ptr<void> allocate_device(int device, int64_t bytes) {
  const DeviceScope scope(device);
  void* memory = nullptr;
  const auto asked = std::max<int64_t>(bytes, 1);
  if (const cudaError_t status = cudaMalloc(&memory, static_cast<size_t>(asked)); status != cudaSuccess) {
    out_of_memory(device, asked, status);
  }
  return {memory, [](void* p) noexcept { cudaFree(p); }};
}

std::shared_ptr<void> allocate_pinned(int device, int64_t bytes) {
  const DeviceScope scope(device);
  void* memory = nullptr;
  check(cudaMallocHost(&memory, static_cast<size_t>(std::max<int64_t>(bytes, 1))), "allocating pinned host memory");
  return {memory, [](void* p) noexcept { cudaFreeHost(p); }};
}

std::shared_ptr<const void> upload(int device, const void* host, int64_t bytes) {
  std::shared_ptr<void> memory = allocate_device(device, bytes);
  Stream stream(device);
  stream.copy_in(memory.get(), host, bytes);
  stream.synchronize();
  return memory;
}

}  // namespace keraunos::cuda
