#include "standin/runtime/device.h"

#include <cstring>

#include "standin/runtime/state.h"

using namespace standin;

namespace {

cudaError_t check_device(Runtime& r, int device) {
  return device == 0 ? cudaSuccess : r.refuse(cudaErrorInvalidDevice, "the stand-in has one device, number 0");
}

cudaDeviceProp make_properties() {
  cudaDeviceProp p{};
  std::strncpy(p.name, kDeviceName, sizeof p.name - 1);
  p.totalGlobalMem = kDeviceMemory;
  p.sharedMemPerBlock = kSharedPerBlock;
  p.sharedMemPerBlockOptin = kSharedPerBlockOptin;
  p.sharedMemPerMultiprocessor = kSharedPerMultiprocessor;
  p.reservedSharedMemPerBlock = kReservedShared;
  p.regsPerBlock = p.regsPerMultiprocessor = 65536;
  p.warpSize = 32;
  p.maxThreadsPerBlock = static_cast<int>(kThreadsPerBlock);
  p.maxThreadsPerMultiProcessor = static_cast<int>(kThreadsPerMultiprocessor);
  p.maxBlocksPerMultiProcessor = static_cast<int>(kBlocksPerMultiprocessor);
  p.maxThreadsDim[0] = p.maxThreadsDim[1] = 1024;
  p.maxThreadsDim[2] = 64;
  p.maxGridSize[0] = 2147483647;
  p.maxGridSize[1] = p.maxGridSize[2] = 65535;
  p.totalConstMem = 64 << 10;
  p.major = 9;
  p.multiProcessorCount = kMultiprocessors;
  p.concurrentKernels = p.unifiedAddressing = p.canMapHostMemory = p.streamPrioritiesSupported = 1;
  p.asyncEngineCount = 3;
  p.memoryBusWidth = 5120;
  p.l2CacheSize = 50 << 20;
  p.ECCEnabled = 1;
  return p;
}

}  // namespace

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return is_unloading() ? cudaErrorCudartUnloading : cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  return call([&](Runtime& r) { return check_device(r, device); });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = check_device(r, device); status != cudaSuccess) return status;
    *properties = make_properties();
    return cudaSuccess;
  });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = check_device(r, device); status != cudaSuccess) return status;
    const cudaDeviceProp p = make_properties();
    switch (attribute) {
      case cudaDevAttrMaxThreadsPerBlock: *value = p.maxThreadsPerBlock; return cudaSuccess;
      case cudaDevAttrMaxBlockDimX: *value = p.maxThreadsDim[0]; return cudaSuccess;
      case cudaDevAttrMaxBlockDimY: *value = p.maxThreadsDim[1]; return cudaSuccess;
      case cudaDevAttrMaxBlockDimZ: *value = p.maxThreadsDim[2]; return cudaSuccess;
      case cudaDevAttrMaxGridDimX: *value = p.maxGridSize[0]; return cudaSuccess;
      case cudaDevAttrMaxGridDimY: *value = p.maxGridSize[1]; return cudaSuccess;
      case cudaDevAttrMaxGridDimZ: *value = p.maxGridSize[2]; return cudaSuccess;
      case cudaDevAttrMaxSharedMemoryPerBlock: *value = static_cast<int>(p.sharedMemPerBlock); return cudaSuccess;
      case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = static_cast<int>(p.sharedMemPerBlockOptin); return cudaSuccess;
      case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
        *value = static_cast<int>(p.sharedMemPerMultiprocessor);
        return cudaSuccess;
      case cudaDevAttrReservedSharedMemoryPerBlock: *value = static_cast<int>(p.reservedSharedMemPerBlock); return cudaSuccess;
      case cudaDevAttrMaxRegistersPerBlock:
      case cudaDevAttrMaxRegistersPerMultiprocessor: *value = p.regsPerBlock; return cudaSuccess;
      case cudaDevAttrMaxThreadsPerMultiProcessor: *value = p.maxThreadsPerMultiProcessor; return cudaSuccess;
      case cudaDevAttrMaxBlocksPerMultiprocessor: *value = p.maxBlocksPerMultiProcessor; return cudaSuccess;
      case cudaDevAttrMultiProcessorCount: *value = p.multiProcessorCount; return cudaSuccess;
      case cudaDevAttrComputeCapabilityMajor: *value = p.major; return cudaSuccess;
      case cudaDevAttrComputeCapabilityMinor: *value = p.minor; return cudaSuccess;
      case cudaDevAttrWarpSize: *value = p.warpSize; return cudaSuccess;
      case cudaDevAttrL2CacheSize: *value = p.l2CacheSize; return cudaSuccess;
      default: return r.refuse(cudaErrorNotSupported, "the stand-in does not know device attribute " + std::to_string(attribute));
    }
  });
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) { return cudaRuntimeGetVersion(version); }
