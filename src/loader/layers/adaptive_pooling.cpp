#include "loader/layers/common/adaptive.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"

namespace keraunos::loader {

std::vector<LayerDef> adaptive_pooling_layers();

namespace {

LayerDef adaptive_layer(std::string name, int axes, bool average) {
  const auto lower = [axes, average](Lowering& l) -> std::vector<Traced> {
    const Value given = l.input().value;
    if (l.rank(given) != axes + 2)
      l.refuse("needs an input of rank " + std::to_string(axes + 2) + ", found " + l.dims(given).to_string());
    if (l.config().has("data_format")) static_cast<void>(l.config().text("data_format", "", {"channels_last", "channels_first"}));
    const Value x = to_channels_last(l, average ? as_computed(l, given) : given);
    return {{from_channels_last(l, adaptive_pool(l, x, l.config().integers("output_size", axes, Range{1}), average)), {}}};
  };
  return {.classes = {std::move(name)}, .keys = {"output_size", "data_format"}, .weights = {}, .children = {}, .lower = lower};
}

}  // namespace

std::vector<LayerDef> adaptive_pooling_layers() {
  std::vector<LayerDef> all;
  for (int axes = 1; axes <= 3; ++axes) {
    const std::string end = "Pooling" + std::to_string(axes) + "D";
    all.push_back(adaptive_layer("AdaptiveAverage" + end, axes, true));
    all.push_back(adaptive_layer("AdaptiveMax" + end, axes, false));
  }
  return all;
}

}  // namespace keraunos::loader
