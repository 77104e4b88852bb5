#include "case_objects.h"

#include <cmath>

namespace keraunos {
namespace {

class SineKernel final : public Kernel {
 public:
  explicit SineKernel(double frequency) : frequency_(frequency) {}
  std::string name() const override { return "sine"; }
  std::string parameters() const override { return std::to_string(frequency_); }
  bool rows_are_local() const override { return true; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override { return std::vector<TensorType>{inputs[0]}; }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const auto* x = static_cast<const float*>(inputs[0].data);
    auto* y = static_cast<float*>(outputs[0].data);
    for (int64_t i = 0; i < inputs[0].dims.elements(); ++i) y[i] = static_cast<float>(std::sin(frequency_ * static_cast<double>(x[i])));
  }

 private:
  double frequency_;
};

std::vector<Traced> lower_wobble(Lowering& l) {
  const Traced x = l.input();
  const Value amplitude = l.weight("amplitude", {l.dim(x.value, -1)});
  const Value operands[] = {x.value};
  const Value sine = l.call(std::make_shared<SineKernel>(l.config().number("frequency", 1)), operands)[0];
  return {{l.add(l.multiply(amplitude, x.value), sine), x.mask}};
}

}  // namespace

CustomObjects case_objects() {
  CustomObjects objects;
  objects.layer({.classes = {"Shop>Wobble", "Wobble"},
                 .keys = {"frequency"},
                 .weights = [](const Config&) { return std::vector<WeightName>{{"amplitude"}}; },
                 .children = {},
                 .lower = lower_wobble});
  return objects;
}

}  // namespace keraunos
