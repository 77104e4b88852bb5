#include <cuda_runtime_api.h>

#include <algorithm>

#include "wave_kernel.h"
#include "wave_layer.h"

namespace example {
namespace {

__global__ void wave(const float* x, const float* amplitude, float* y, int64_t count, int64_t features, float frequency) {
  const int64_t threads = int64_t{gridDim.x} * blockDim.x;
  for (int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += threads) {
    y[i] = amplitude[i % features] * sinf(frequency * x[i]);
  }
}

class WaveOnCuda final : public Wave {
 public:
  using Wave::Wave;
  bool has_cuda() const override { return true; }
  // On the stream that it is given, without waiting and without allocating: the library may be capturing a graph.
  void enqueue(std::span<const keraunos::TensorView> in, std::span<const keraunos::MutableView> out,
               CUstream_st* stream) const override {
    const int64_t count = in[0].dims.elements();
    if (count == 0) return;
    constexpr unsigned threads = 256;
    const auto blocks = static_cast<unsigned>(std::min<int64_t>((count + threads - 1) / threads, 1024));
    const auto *x = static_cast<const float*>(in[0].data), *amplitude = static_cast<const float*>(in[1].data);
    wave<<<blocks, threads, 0, stream>>>(x, amplitude, static_cast<float*>(out[0].data), count, in[1].dims[0], frequency_);
    if (const cudaError_t status = cudaGetLastError(); status != cudaSuccess)
      throw keraunos::DeviceError(std::string("the kernel of Wave cannot be launched: ") + cudaGetErrorString(status));
  }
};

}  // namespace

std::shared_ptr<const keraunos::Kernel> make_wave(float frequency) { return std::make_shared<WaveOnCuda>(frequency); }

}  // namespace example
