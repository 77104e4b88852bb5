// A CUDA event; it outlives the stream in which it was recorded.
#pragma once

#include <cuda_runtime_api.h>

#include "host/run/device.h"
#include "kernels/cuda/runtime/handle.h"

namespace keraunos::cuda {

class Mark final : public host::Mark {
 public:
  explicit Mark(int device);
  void set(host::Stream& stream) override;
  void wait() override;

 private:
  int device_;
  Handle<cudaEvent_t, cudaEventDestroy> event_;
};

}  // namespace keraunos::cuda
