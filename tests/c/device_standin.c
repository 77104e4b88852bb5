#include <cuda_runtime_api.h>

#include "device.h"

const keraunos_device_kind device_under_test = KERAUNOS_CUDA;

keraunos_stream new_stream(void) {
  cudaStream_t stream = NULL;
  cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
  return stream;
}
void wait_for(keraunos_stream stream) { cudaStreamSynchronize(stream); }
void end_stream(keraunos_stream stream) { cudaStreamDestroy(stream); }

void* device_memory(const void* from, size_t bytes) {
  void* memory = NULL;
  cudaMalloc(&memory, bytes);
  if (from != NULL) cudaMemcpy(memory, from, bytes, cudaMemcpyHostToDevice);
  return memory;
}
void copy_to_host(void* to, const void* from, size_t bytes) { cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost); }
void free_device_memory(void* memory) { cudaFree(memory); }
