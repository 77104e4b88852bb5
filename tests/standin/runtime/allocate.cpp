#include <cstdlib>
#include <cstring>

#include "standin/runtime/device.h"
#include "standin/runtime/state.h"

using namespace standin;

cudaError_t cudaMalloc(void** memory, size_t bytes) {
  return unsafe_call("cudaMalloc", [&](Runtime& r) -> cudaError_t {
    *memory = nullptr;
    if (bytes == 0) return cudaSuccess;
    *memory = r.memory.allocate(bytes);
    if (*memory == nullptr)
      return r.refuse(cudaErrorMemoryAllocation, "device memory has no room for " + std::to_string(bytes) + " bytes");
    ++r.counters.allocations;
    return cudaSuccess;
  });
}

// Does not wait for operations, which CUDA permits: operations that still use the memory are faults.
cudaError_t cudaFree(void* memory) {
  return unsafe_call("cudaFree", [&](Runtime& r) -> cudaError_t {
    if (memory == nullptr) return cudaSuccess;
    const Memory::Block* const block = r.memory.live(memory);
    if (block != nullptr) {
      r.memory.open();
      if (std::string text = r.memory.damage(*block); !text.empty()) r.fault(cudaErrorIllegalAddress, std::move(text));
      r.memory.close();
    }
    if (!r.memory.release(memory)) return r.refuse(cudaErrorInvalidValue, "cudaFree of " + r.memory.describe(memory));
    ++r.counters.frees;
    return cudaSuccess;
  });
}

cudaError_t cudaHostAlloc(void** memory, size_t bytes, unsigned) {
  return unsafe_call("cudaHostAlloc", [&](Runtime& r) -> cudaError_t {
    *memory = nullptr;
    if (bytes == 0) return cudaSuccess;
    if (posix_memalign(memory, 512, bytes) != 0) return r.refuse(cudaErrorMemoryAllocation, "the host has no memory left");
    std::memset(*memory, 0xFF, bytes);
    r.pinned.emplace(static_cast<std::byte*>(*memory), bytes);
    ++r.counters.allocations;
    return cudaSuccess;
  });
}
cudaError_t cudaMallocHost(void** memory, size_t bytes) { return cudaHostAlloc(memory, bytes, cudaHostAllocDefault); }

cudaError_t cudaFreeHost(void* memory) {
  return unsafe_call("cudaFreeHost", [&](Runtime& r) -> cudaError_t {
    if (memory == nullptr) return cudaSuccess;
    if (r.pinned.erase(static_cast<std::byte*>(memory)) == 0)
      return r.refuse(cudaErrorInvalidValue, "cudaFreeHost of memory that is not pinned");
    std::free(memory);
    ++r.counters.frees;
    return cudaSuccess;
  });
}

cudaError_t cudaHostRegister(void* memory, size_t bytes, unsigned) {
  return unsafe_call("cudaHostRegister", [&](Runtime& r) -> cudaError_t {
    if (memory == nullptr || bytes == 0 || r.memory.in_region(memory))
      return r.refuse(cudaErrorInvalidValue, "such memory cannot be pinned");
    if (!r.pinned.emplace(static_cast<std::byte*>(memory), bytes).second) {
      return r.refuse(cudaErrorHostMemoryAlreadyRegistered, "the memory is pinned already");
    }
    return cudaSuccess;
  });
}
cudaError_t cudaHostUnregister(void* memory) {
  return unsafe_call("cudaHostUnregister", [&](Runtime& r) -> cudaError_t {
    if (r.pinned.erase(static_cast<std::byte*>(memory)) != 0) return cudaSuccess;
    return r.refuse(cudaErrorHostMemoryNotRegistered, "the memory was not pinned");
  });
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  return call([&](Runtime& r) -> cudaError_t {
    *total = kDeviceMemory;
    *free = kDeviceMemory - r.memory.live_bytes();
    return cudaSuccess;
  });
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  return call([&](Runtime& r) -> cudaError_t {
    *attributes = {};
    attributes->type = cudaMemoryTypeUnregistered;
    if (r.memory.live(pointer) != nullptr)
      attributes->type = cudaMemoryTypeDevice;
    else if (!r.memory.in_region(pointer) && r.is_live({pointer, 1}))
      attributes->type = cudaMemoryTypeHost;
    auto* const address = const_cast<void*>(pointer);
    if (attributes->type != cudaMemoryTypeUnregistered) attributes->devicePointer = address;
    if (attributes->type != cudaMemoryTypeDevice) attributes->hostPointer = address;
    return cudaSuccess;
  });
}
