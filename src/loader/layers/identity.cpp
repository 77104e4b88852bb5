// Layers that do nothing at inference: regularisation, losses and metrics of Keras 2, noise, and the input itself.
#include "loader/layers/common/arguments.h"

namespace keraunos::loader {

std::vector<LayerDef> identity_layers();

namespace {

std::vector<Traced> lower_identity(Lowering& l) { return l.inputs(); }

std::vector<Traced> lower_noise(Lowering& l) {
  if (l.config().number("rate", 0) > 0 || l.config().number("stddev", 0) > 0) refuse_training(l);
  return {l.input()};
}

// Keras 2's Identity drops the mask, Keras 3's hands it on.
std::vector<Traced> lower_plain_identity(Lowering& l) {
  std::vector<Traced> tensors = l.inputs();
  if (l.dialect().before(3, 0)) {
    for (Traced& t : tensors) t.mask = {};
  }
  return tensors;
}

LayerDef noise(std::vector<std::string> names, std::set<std::string> keys) {
  return {.classes = std::move(names), .keys = std::move(keys), .weights = {}, .children = {}, .lower = lower_noise};
}

}  // namespace

std::vector<LayerDef> identity_layers() {
  const std::set<std::string> dropout = {"rate", "noise_shape", "seed", "data_format"};
  return {
      noise({"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout"}, dropout),
      noise({"GaussianNoise"}, {"stddev", "seed"}),
      {.classes = {"ActivityRegularization"}, .keys = {"l1", "l2"}, .weights = {}, .children = {}, .lower = lower_identity},
      {.classes = {"AddLoss"}, .keys = {"unconditional"}, .weights = {}, .children = {}, .lower = lower_identity},
      {.classes = {"AddMetric"}, .keys = {"aggregation", "metric_name"}, .weights = {}, .children = {}, .lower = lower_identity},
      {.classes = {"Identity"}, .keys = {}, .weights = {}, .children = {}, .lower = lower_plain_identity},
      {.classes = {"InputLayer"},
       .keys = {"batch_shape", "batch_input_shape", "input_shape", "shape", "batch_size", "sparse", "ragged", "optional",
                "input_dtype", "input_tensor"},
       .weights = {},
       .children = {},
       .lower = lower_identity,
       .autocast = false},
  };
}

}  // namespace keraunos::loader
