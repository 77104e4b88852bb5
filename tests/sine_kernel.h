// sin(frequency · x) as a custom kernel: the CPU implementation is here, that for CUDA in sine_kernel_cuda.cu, which is replaced
// by sine_kernel_cpu.cpp in builds without the CUDA device.
#pragma once

#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos {

class SineKernel : public Kernel {
 public:
  explicit SineKernel(double frequency) : frequency_(frequency) {}
  std::string name() const override { return "sine"; }
  std::string parameters() const override { return std::to_string(frequency_); }
  bool rows_are_local() const override { return true; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{inputs[0]};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const auto* x = static_cast<const float*>(inputs[0].data);
    auto* y = static_cast<float*>(outputs[0].data);
    for (int64_t i = 0; i < inputs[0].dims.elements(); ++i)
      y[i] = static_cast<float>(std::sin(frequency_ * static_cast<double>(x[i])));
  }

 protected:
  double frequency_;
};

/// With a CUDA implementation if the build has the device; `launches`, if not null, counts how often it is enqueued.
std::shared_ptr<const Kernel> make_sine_kernel(double frequency, std::atomic<int>* launches);

}  // namespace keraunos
