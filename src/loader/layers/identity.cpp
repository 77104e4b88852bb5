// Layers that return their input at inference: regularisation, losses and metrics of Keras 2, noise, and the input itself.
#include <limits>

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/config_changes.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> identity_layers();

namespace {

std::vector<Traced> lower_identity(Lowering& l) { return l.inputs(); }

constexpr RealRange kFraction{0, 1};

// Keras 2 checks the rate of a plain Dropout only where it is a number, and a deviation never; inference does not use them.
bool is_no_number(const Config& config, std::string_view key) {
  const files::Json* value = config.json().find(key);
  return value != nullptr && !value->is_number() && !value->is_bool();
}

// Keras 2 and 3 limit the rates of plain Dropout, Keras 3 those of all noise layers.
template <bool always>
std::vector<Traced> lower_noise(Lowering& l) {
  const RealRange range = always || !l.dialect().before(3, 0) ? kFraction : RealRange{};
  const bool not_read = (always && is_no_number(l.config(), "rate")) || is_no_number(l.config(), "stddev");
  if ((not_read && l.dialect().before(3, 0)) || l.config().number("rate", 0, range) > 0 ||
      l.config().number("stddev", 0, range) > 0)
    refuse_training(l);
  channels_first(l.config());
  return {l.input()};
}

// Keras 3 accepts factors of 0 and more, Keras 2 all finite ones. The regularisation loss is not computed here.
std::vector<Traced> lower_regularization(Lowering& l) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  for (const char* key : {"l1", "l2"}) {
    if (l.config().has(key))
      static_cast<void>(l.config().number(key, 0, RealRange{l.dialect().before(3, 0) ? -kLargest : 0, kLargest}));
  }
  return l.inputs();
}

// Keras 2's Identity drops the mask, Keras 3's keeps it.
std::vector<Traced> lower_plain_identity(Lowering& l) {
  std::vector<Traced> tensors = l.inputs();
  if (l.dialect().before(3, 0)) {
    for (Traced& t : tensors) t.mask = {};
  }
  return tensors;
}

LayerDef noise(std::vector<std::string> names, std::set<std::string> keys, std::vector<Traced> (*lower)(Lowering&)) {
  return {.classes = std::move(names), .keys = std::move(keys), .weights = {}, .children = {}, .lower = lower};
}

}  // namespace

std::vector<LayerDef> identity_layers() {
  const std::set<std::string> dropout = {"rate", "noise_shape", "seed", "data_format"};
  LayerDef spatial = noise({"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"}, dropout, lower_noise<true>);
  // Keras 2 writes arguments of its base class.
  spatial.traits = std::make_shared<const LayerTraits>(LayerTraits{
      .config_to_keras3 = [](files::Json& config) { config = without_key(without_key(config, "noise_shape"), "trainable"); }});
  return {
      noise({"Dropout"}, dropout, lower_noise<true>),
      spatial,
      noise({"AlphaDropout", "GaussianDropout"}, dropout, lower_noise<false>),
      noise({"GaussianNoise"}, {"stddev", "seed"}, lower_noise<false>),
      {.classes = {"ActivityRegularization"}, .keys = {"l1", "l2"}, .weights = {}, .children = {}, .lower = lower_regularization},
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
