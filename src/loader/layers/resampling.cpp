// Layers that resize images, sequences and volumes.
#include "loader/layers/common/resampling.h"

#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/texts.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> resampling_layers();

namespace {

constexpr Range kSize{1};

void require_axes(Lowering& l, Value x, int rank) {
  if (l.rank(x) != rank) l.refuse("needs an input of rank " + std::to_string(rank) + ", found " + l.dims(x).to_string());
}

// Keras 3 supports fewer of TensorFlow's interpolations than Keras 2.
Interpolation interpolation_of(const Lowering& l, std::string_view otherwise) {
  const std::string name =
      l.dialect().before(3, 0)
          ? lower_text(l.config(), "interpolation", otherwise,
                       {"nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"})
          : lower_text(l.config(), "interpolation", otherwise,
                       {"nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"});
  return *interpolation_named(name);
}

std::vector<int64_t> factors(const Config& config, int axes) {
  return config.is_missing("size") ? std::vector<int64_t>(static_cast<size_t>(axes), 2) : config.integers("size", axes, kSize);
}

std::vector<Traced> lower_repeated(Lowering& l, int axes) {
  const Value x = l.input().value;
  require_axes(l, x, axes + 2);
  return {{repeat_elements(l, x, channels_first(l.config()) ? 2 : 1, factors(l.config(), axes)), {}}};
}

// TensorFlow's interpolations except nearest return float32, and Keras 2 keeps that.
std::vector<Traced> lower_up_sampling_2d(Lowering& l) {
  const Interpolation method = interpolation_of(l, "nearest");
  if (method == Interpolation::nearest) return lower_repeated(l, 2);
  const Value given = l.input().value;
  require_axes(l, given, 4);
  const Value x = to_channels_last(l, given);
  const std::vector<int64_t> by = factors(l.config(), 2);
  const Value y = resize(l, x, l.dim(x, 1).size * by[0], l.dim(x, 2).size * by[1], method, false);
  return {{from_channels_last(l, l.dialect().before(3, 0) ? y : as_before(l, y, l.dtype(given))), {}}};
}

// Images of (height, width, C), with or without a batch axis before them.
struct Image {
  Value value;
  bool first = false;

  Image(Lowering& l, Value x) : value(x), first(channels_first(l.config())) {
    if (l.rank(x) != 3 && l.rank(x) != 4) l.refuse("needs an image of rank 3 or 4, found " + l.dims(x).to_string());
    if (first) value = l.transpose(x, l.rank(x) == 4 ? std::vector<int>{0, 2, 3, 1} : std::vector<int>{1, 2, 0});
  }
  std::vector<Traced> result(Lowering& l, Value y) const {
    if (!first) return {{y, {}}};
    return {{l.transpose(y, l.rank(y) == 4 ? std::vector<int>{0, 3, 1, 2} : std::vector<int>{2, 0, 1}), {}}};
  }
};

struct Target {
  int64_t height, width;
  explicit Target(const Config& config) : height(config.integer("height", kSize)), width(config.integer("width", kSize)) {}
};

// Keras 3 returns images in their original dtype, Keras 2 in the layer's.
std::vector<Traced> lower_resizing(Lowering& l) {
  const Config& config = l.config();
  const Target to(config);
  const Interpolation method = interpolation_of(l, "bilinear");
  const bool old = l.dialect().before(3, 0);
  if (!old)  // Keras 3 does not convert this text to lower case
    static_cast<void>(
        config.text("interpolation", "bilinear", {"nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"}));
  const bool crop = config.flag("crop_to_aspect_ratio", false);
  const bool pad = config.flag("pad_to_aspect_ratio", false);
  if (crop && pad) config.fail("pad_to_aspect_ratio", "false where crop_to_aspect_ratio is true");
  config.text("fill_mode", "constant", {"constant"});
  const Value given = l.input().value;
  const Image image(l, old ? l.cast(given, method == Interpolation::nearest ? l.compute_dtype() : DType::float32) : given);
  Value x = image.value;
  if (crop) x = crop_to_aspect(l, x, to.height, to.width, false);
  if (pad) x = pad_to_aspect(l, x, to.height, to.width, config.number("fill_value", 0, RealRange{}));
  const Value y = resize(l, x, to.height, to.width, method, config.flag("antialias", false));
  return image.result(l, old ? as_computed(l, y) : as_before(l, y, l.dtype(given)));
}

// An image that is too small in either direction is cropped to the aspect ratio and resized.
std::vector<Traced> lower_center_crop(Lowering& l) {
  const Target to(l.config());
  const Image image(l, as_computed(l, l.input().value));
  const Value x = image.value;
  const int64_t rows = l.dim(x, -3).size - to.height, columns = l.dim(x, -2).size - to.width;
  if (rows >= 0 && columns >= 0)
    return image.result(l, l.slice_axis(l.slice_axis(x, -3, rows / 2, to.height), -2, columns / 2, to.width));
  const bool old = l.dialect().before(3, 0);
  const Value part = crop_to_aspect(l, x, to.height, to.width, !old);
  const Value y = resize(l, part, to.height, to.width, Interpolation::bilinear, false);
  return image.result(l, old ? as_computed(l, y) : y);
}

// At inference Keras crops images to the aspect ratio and resizes them; since 3.6 it returns them unchanged.
std::vector<Traced> lower_random_crop(Lowering& l) {
  const Target to(l.config());
  const Value given = l.input().value;
  if (!l.dialect().before(3, 6)) return {{given, {}}};
  const bool old = l.dialect().before(3, 0);
  if (old) refuse_training(l);  // Keras 3 writes training=True for every call; predict() overrides it
  const Image image(l, as_computed(l, given));
  const Value part = crop_to_aspect(l, image.value, to.height, to.width, !old);
  return image.result(l, as_computed(l, resize(l, part, to.height, to.width, Interpolation::bilinear, false)));
}

// Keras reports the size that the images have during training.
std::optional<std::vector<Shape>> claimed_shapes_of_crop(Lowering& l, const std::vector<Traced>& results) {
  if (l.dialect().before(3, 6)) return std::nullopt;
  const Target to(l.config());
  Shape shape = l.shape(results[0].value);
  if (shape.size() < 3) return std::nullopt;
  const size_t height = shape.size() - (channels_first(l.config()) ? 2 : 3);
  shape[height] = {to.height}, shape[height + 1] = {to.width};
  return std::vector<Shape>{shape};
}

LayerDef random_crop() {
  return {.classes = {"RandomCrop"},
          .keys = {"height", "width", "seed", "data_format"},
          .weights = {},
          .children = {},
          .lower = lower_random_crop,
          .autocast = false,
          .traits = std::make_shared<const LayerTraits>(LayerTraits{.claimed_shapes = claimed_shapes_of_crop})};
}

LayerDef resampling_layer(std::string name, std::set<std::string> keys, std::function<std::vector<Traced>(Lowering&)> lower) {
  return {.classes = {std::move(name)}, .keys = std::move(keys), .weights = {}, .children = {}, .lower = std::move(lower)};
}

}  // namespace

std::vector<LayerDef> resampling_layers() {
  return {
      resampling_layer("UpSampling1D", {"size"}, [](Lowering& l) { return lower_repeated(l, 1); }),
      resampling_layer("UpSampling2D", {"size", "data_format", "interpolation"}, lower_up_sampling_2d),
      resampling_layer("UpSampling3D", {"size", "data_format"}, [](Lowering& l) { return lower_repeated(l, 3); }),
      resampling_layer("Resizing",
                       {"height", "width", "interpolation", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "fill_mode",
                        "fill_value", "antialias", "data_format"},
                       lower_resizing),
      resampling_layer("CenterCrop", {"height", "width", "data_format"}, lower_center_crop),
      random_crop(),
  };
}

}  // namespace keraunos::loader
