// The linker redirects calls of the CUDA runtime here (--wrap): those that allocate are counted, and during each call the thread
// is marked, because heap allocations inside belong to the driver.
#include <cuda_runtime_api.h>

#include <atomic>

#include "unit/allocations/device.h"
#include "unit/allocations/libraries.h"

namespace {
std::atomic<int64_t> asked{0};
}  // namespace

namespace keraunos {

int64_t device_allocations(const host::DeviceRuntime&) { return asked.load(); }
bool plays_the_driver() noexcept { return inside_a_library(); }

std::shared_ptr<void> on_device(host::DeviceRuntime& device, const void* host, int64_t bytes) {
  std::shared_ptr<void> memory = device.allocate(bytes);
  if (host != nullptr) cudaMemcpy(memory.get(), host, static_cast<size_t>(bytes), cudaMemcpyHostToDevice);
  return memory;
}

}  // namespace keraunos

using keraunos::InsideALibrary;

extern "C" {

cudaError_t __real_cudaMalloc(void** memory, size_t bytes);
cudaError_t __real_cudaMallocHost(void** memory, size_t bytes);
cudaError_t __real_cudaSetDevice(int device);
cudaError_t __real_cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t __real_cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t stream);
cudaError_t __real_cudaLaunchKernelExC(const cudaLaunchConfig_t* launch, const void* kernel, void** arguments);
cudaError_t __real_cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data);
cudaError_t __real_cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream);
cudaError_t __real_cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t __real_cudaEventSynchronize(cudaEvent_t event);
cudaError_t __real_cudaStreamSynchronize(cudaStream_t stream);
cudaError_t __real_cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status);

cudaError_t __wrap_cudaMalloc(void** memory, size_t bytes) {
  const InsideALibrary inside;
  asked.fetch_add(1, std::memory_order_relaxed);
  return __real_cudaMalloc(memory, bytes);
}

cudaError_t __wrap_cudaMallocHost(void** memory, size_t bytes) {
  const InsideALibrary inside;
  asked.fetch_add(1, std::memory_order_relaxed);
  return __real_cudaMallocHost(memory, bytes);
}

cudaError_t __wrap_cudaSetDevice(int device) {
  const InsideALibrary inside;
  return __real_cudaSetDevice(device);
}

cudaError_t __wrap_cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  const InsideALibrary inside;
  return __real_cudaMemcpyAsync(to, from, bytes, kind, stream);
}

cudaError_t __wrap_cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t stream) {
  const InsideALibrary inside;
  return __real_cudaMemsetAsync(memory, value, bytes, stream);
}

cudaError_t __wrap_cudaLaunchKernelExC(const cudaLaunchConfig_t* launch, const void* kernel, void** arguments) {
  const InsideALibrary inside;
  return __real_cudaLaunchKernelExC(launch, kernel, arguments);
}

cudaError_t __wrap_cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  const InsideALibrary inside;
  return __real_cudaLaunchHostFunc(stream, function, data);
}

cudaError_t __wrap_cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  const InsideALibrary inside;
  return __real_cudaGraphLaunch(graph, stream);
}

cudaError_t __wrap_cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const InsideALibrary inside;
  return __real_cudaEventRecord(event, stream);
}

cudaError_t __wrap_cudaEventSynchronize(cudaEvent_t event) {
  const InsideALibrary inside;
  return __real_cudaEventSynchronize(event);
}

cudaError_t __wrap_cudaStreamSynchronize(cudaStream_t stream) {
  const InsideALibrary inside;
  return __real_cudaStreamSynchronize(stream);
}

cudaError_t __wrap_cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  const InsideALibrary inside;
  return __real_cudaStreamIsCapturing(stream, status);
}
}
