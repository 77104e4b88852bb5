// SpectralNormalization: the weights were divided by their largest singular value during training, and are saved in that form.
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> spectral_layers();

namespace {

// Keras 3 returns the dtype of the layer's input.
std::vector<Traced> lower_spectral_normalization(Lowering& l) {
  if (trains(l)) l.refuse("is called with training=True, which changes its weights in each call");
  if (const Config& config = l.config(); !config.is_missing("power_iterations"))
    static_cast<void>(config.integer("power_iterations", Range{1}));  // only for training
  const Traced in = l.input();
  std::vector<Traced> results = l.call_child("layer", {Arg{in}});
  for (Traced& result : results) {
    if (!l.dialect().before(3, 0)) result.value = l.cast(result.value, l.dtype(in.value));
  }
  return results;
}

std::vector<ChildName> wrapped_layer(const Config& config) {
  return {{.attribute = "layer", .aliases = {}, .config = std::make_shared<const files::Json>(config.object("layer").json())}};
}

std::vector<WeightName> singular_vector(const Config&) { return {{.name = "vector_u", .trainable = false}}; }

}  // namespace

std::vector<LayerDef> spectral_layers() {
  return {{.classes = {"SpectralNormalization"},
           .keys = {"layer", "power_iterations"},
           .weights = singular_vector,
           .children = wrapped_layer,
           .lower = lower_spectral_normalization,
           .traits = std::make_shared<const LayerTraits>(LayerTraits{.repeated_child_weights = 1})}};  // the kernel
}

}  // namespace keraunos::loader
