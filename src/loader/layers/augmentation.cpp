// Layers that change images at random during training, and return them unchanged at inference.
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> augmentation_layers();

namespace {

// Some layers cast their input to a floating type, others keep integers (Keras 3); those of Keras 2 all cast.
template <bool casts>
std::vector<Traced> lower_augmentation(Lowering& l) {
  if (l.dialect().before(3, 0)) refuse_training(l);  // Keras 3 writes training=True for every call; predict() overrides it
  if (l.config().has("data_format")) channels_first(l.config());
  Traced x = l.input();
  if (casts || l.dialect().before(3, 0)) x.value = as_computed(l, x.value);
  return {{x.value, {}}};
}

// RandomHeight and RandomWidth of Keras 2.
std::vector<Traced> lower_kept(Lowering& l) {
  refuse_training(l);
  return {{l.input().value, {}}};
}

// The keys affect training only.
LayerDef augmentation(std::string name, std::set<std::string> keys, std::vector<Traced> (*lower)(Lowering&)) {
  keys.insert({"data_format", "seed", "value_range"});
  return {.classes = {std::move(name)}, .keys = std::move(keys), .weights = {}, .children = {}, .lower = lower};
}

}  // namespace

std::vector<LayerDef> augmentation_layers() {
  const std::set<std::string> factor{"factor"}, moved{"fill_mode", "fill_value", "interpolation"};
  const auto with = [](std::set<std::string> keys, std::initializer_list<const char*> more) {
    keys.insert(more.begin(), more.end());
    return keys;
  };
  const auto casting = [](std::string name, std::set<std::string> keys) {
    return augmentation(std::move(name), std::move(keys), lower_augmentation<true>);
  };
  const auto keeping = [](std::string name, std::set<std::string> keys) {
    return augmentation(std::move(name), std::move(keys), lower_augmentation<false>);
  };
  const auto resizing = [](std::string name) {
    LayerDef def = augmentation(std::move(name), {"factor", "interpolation"}, lower_kept);
    def.traits = std::make_shared<const LayerTraits>(LayerTraits{.class_in_keras3 = "-"});
    return def;
  };
  return {
      casting("AugMix", {"all_ops", "alpha", "chain_depth", "factor", "interpolation", "num_chains"}),
      casting("CutMix", factor),
      casting("RandAugment", {"factor", "interpolation", "num_ops"}),
      casting("RandomElasticTransform", with(moved, {"factor", "scale"})),
      casting("RandomErasing", {"factor", "fill_value", "scale"}),
      casting("RandomFlip", {"mode"}),
      casting("RandomGaussianBlur", {"factor", "kernel_size", "sigma"}),
      casting("RandomPerspective", with(moved, {"factor", "scale"})),
      casting("RandomRotation", with(moved, {"factor"})),
      casting("RandomSharpness", factor),
      casting("RandomShear", with(moved, {"x_factor", "y_factor"})),
      casting("RandomTranslation", with(moved, {"height_factor", "width_factor"})),
      casting("RandomZoom", with(moved, {"height_factor", "width_factor"})),
      resizing("RandomHeight"),
      resizing("RandomWidth"),
      casting("Solarization", {"addition_factor", "threshold_factor"}),
      keeping("Equalization", {"bins"}),
      keeping("MaxNumBoundingBoxes", {"max_number"}),
      keeping("MixUp", {"alpha"}),
      keeping("RandomBrightness", factor),
      keeping("RandomColorDegeneration", factor),
      keeping("RandomColorJitter", {"brightness_factor", "contrast_factor", "hue_factor", "saturation_factor"}),
      keeping("RandomContrast", factor),
      keeping("RandomGrayscale", factor),
      keeping("RandomHue", factor),
      keeping("RandomInvert", factor),
      keeping("RandomPosterization", factor),
      keeping("RandomSaturation", factor),
  };
}

}  // namespace keraunos::loader
