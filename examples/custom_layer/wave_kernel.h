// The part of the kernel that both builds have.
#pragma once

#include <keraunos/kernel.h>

#include <cmath>
#include <iomanip>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace example {

/// Operands x (…, features) and amplitude (features), both float32; one result of x's type.
class Wave : public keraunos::Kernel {
 public:
  explicit Wave(float frequency) : frequency_(frequency) {}
  std::string name() const override { return "wave"; }
  /// Two kernels of one name and one text compute the same: whatever the result depends on belongs here.
  std::string parameters() const override {
    std::ostringstream text;
    text << std::setprecision(9) << frequency_;  // nine digits tell any two floats apart
    return text.str();
  }
  std::optional<std::vector<keraunos::TensorType>> infer(std::span<const keraunos::TensorType> operands) const override {
    return std::vector{operands[0]};
  }
  void run(std::span<const keraunos::TensorView> in, std::span<const keraunos::MutableView> out) const override {
    const auto* x = static_cast<const float*>(in[0].data);
    const auto* amplitude = static_cast<const float*>(in[1].data);
    auto* y = static_cast<float*>(out[0].data);
    const int64_t features = in[1].dims[0];
    for (int64_t i = 0; i < in[0].dims.elements(); ++i) y[i] = amplitude[i % features] * std::sin(frequency_ * x[i]);
  }

 protected:
  float frequency_;
};

}  // namespace example
