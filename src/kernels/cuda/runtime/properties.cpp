#include "kernels/cuda/runtime/properties.h"

#include <cuda_runtime_api.h>

#include <atomic>
#include <cstdlib>

#include "keraunos/error.h"
#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {
namespace {

// Asks the runtime, and clears the error that it would otherwise report to the next caller.
cudaError_t count_devices(int& count) noexcept {
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    count = 0;
    cudaGetLastError();
  }
  return status;
}

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, device), "reading a property of the GPU");
  return value;
}

}  // namespace

Properties properties_of(int device) {
  cudaDeviceProp raw{};
  check(cudaGetDeviceProperties(&raw, device), "reading the properties of the GPU");
  Properties p;
  p.name = raw.name;
  p.major = raw.major;
  p.minor = raw.minor;
  p.multiprocessors = raw.multiProcessorCount;
  p.shared_bytes = attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  p.memory_bytes = static_cast<int64_t>(raw.totalGlobalMem);
  return p;
}

int device_count() noexcept {
  int count = 0;
  count_devices(count);
  return count;
}

void require_device(int index) {
  int count = 0;
  const cudaError_t status = count_devices(count);
  const std::string asked = "CUDA device " + std::to_string(index);
  if (status == cudaErrorInsufficientDriver) {
    throw DeviceError(asked + " was asked for, but this machine has no NVIDIA driver that supports the CUDA runtime in use (" +
                      std::to_string(CUDART_VERSION / 1000) + "." + std::to_string(CUDART_VERSION % 1000 / 10) +
                      "); install one or choose the device \"cpu\"");
  }
  if (status != cudaSuccess && status != cudaErrorNoDevice) {
    throw DeviceError(asked + " cannot be had: " + cudaGetErrorString(status) +
                      "; choose the device \"cpu\" or look at the driver");
  }
  if (index < 0 || index >= count) {
    throw DeviceError(asked + " does not exist: this machine has " + std::to_string(count) + " (numbered from 0)");
  }
}

DeviceScope::DeviceScope(int device) {
  int current = 0;
  check(cudaGetDevice(&current), "asking for the current GPU");
  if (current == device) return;
  check(cudaSetDevice(device), "choosing the GPU");
  before_ = current;
}

DeviceScope::~DeviceScope() {
  if (before_ >= 0) cudaSetDevice(before_);
}

namespace {
std::atomic<bool> process_ends = false;
}

void EndingScope::watch_for_the_end() noexcept {
  static const int once = std::atexit([] { process_ends = true; });
  static_cast<void>(once);
}

EndingScope::EndingScope(int device) noexcept {
  int current = 0;
  if (process_ends) return;
  if (cudaGetDevice(&current) == cudaSuccess && (current == device || cudaSetDevice(device) == cudaSuccess))
    before_ = current;
  else
    static_cast<void>(cudaGetLastError());
}

EndingScope::~EndingScope() {
  if (before_ >= 0) cudaSetDevice(before_);
}

}  // namespace keraunos::cuda
