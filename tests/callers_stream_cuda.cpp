#include <cuda_runtime_api.h>

#include "callers_stream.h"

namespace keraunos {

CallersStream::CallersStream() { cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking); }
CallersStream::~CallersStream() {
  cudaStreamSynchronize(stream_);
  cudaStreamDestroy(stream_);
}
void CallersStream::synchronize() const { cudaStreamSynchronize(stream_); }

}  // namespace keraunos
