#include "kernels/cuda/grid.h"
#include "kernels/cuda/language.h"
#include "sine_kernel.h"

namespace keraunos {
namespace cuda {
namespace {

__global__ void sine(const float* x, float* y, int64_t count, double frequency) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += threads) {
    y[i] = static_cast<float>(sin(frequency * static_cast<double>(x[i])));
  }
}

class SineOnCuda final : public SineKernel {
 public:
  SineOnCuda(double frequency, std::atomic<int>* launches) : SineKernel(frequency), launches_(launches) {}
  bool has_cuda() const override { return true; }
  void enqueue(std::span<const TensorView> inputs, std::span<const MutableView> outputs, CUstream_st* stream) const override {
    if (launches_ != nullptr) ++*launches_;
    const int64_t count = inputs[0].dims.elements();
    if (count == 0) return;
    const unsigned blocks = blocks_for(count, kBlock, {});
    launch(sine, blocks, kBlock, 0, stream, static_cast<const float*>(inputs[0].data), static_cast<float*>(outputs[0].data),
           count, frequency_);
  }

 private:
  std::atomic<int>* launches_;
};

}  // namespace
}  // namespace cuda

std::shared_ptr<const Kernel> make_sine_kernel(double frequency, std::atomic<int>* launches) {
  return std::make_shared<cuda::SineOnCuda>(frequency, launches);
}

}  // namespace keraunos
