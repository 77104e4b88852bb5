#include "wave_layer.h"

namespace example {
namespace {

std::vector<keraunos::Traced> lower_wave(keraunos::Lowering& l) {
  const keraunos::Traced x = l.input();
  if (l.dtype(x.value) != keraunos::DType::float32) l.refuse("computes in float32 only");
  const keraunos::Value operands[] = {x.value, l.weight("amplitude", {l.dim(x.value, -1)})};
  const auto frequency = static_cast<float>(l.config().number("frequency", 1));
  return {{l.call(make_wave(frequency), operands)[0], x.mask}};
}

}  // namespace

keraunos::LayerDef wave_layer() {
  const auto weights = [](const keraunos::Config&) { return std::vector<keraunos::WeightName>{{.name = "amplitude"}}; };
  return {.classes = {"Examples>Wave"}, .keys = {"frequency"}, .weights = weights, .lower = lower_wave};
}

}  // namespace example
