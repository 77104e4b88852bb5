// Layers of image models as KerasHub configures them: channels last, no bias before a normalisation.
#pragma once

#include "loader/layers/extensions/keras_hub/hub.h"

namespace keraunos::loader {

class ImageForm : public FunctionalForm {
 public:
  using FunctionalForm::FunctionalForm;

  /// The input, with the shape in config[key] (height, width, channels).
  Tensor image(const Config& config, const std::string& name = "input_layer", std::string_view key = "image_shape");
  Tensor convolved(const Tensor& x, const std::string& name, int64_t filters, int64_t kernel, int64_t stride,
                   const char* padding);
  Tensor normalised(const Tensor& x, const std::string& name, double epsilon = 1e-5);
  Tensor activated(const Tensor& x, const std::string& name, const char* function = "relu");
  Tensor padded(const Tensor& x, const std::string& name, int64_t width);
  Tensor added(const Tensor& a, const Tensor& b, const std::string& name);
};

/// config[key] as a list of numbers, each at least `least`, at most 32 of them.
std::vector<int64_t> hub_sizes(const Config& config, std::string_view key, int64_t least = 1);

/// A Sequential as a layer; `layers` are layer objects.
files::Json hub_sequential(const std::string& name, files::Json layers);

}  // namespace keraunos::loader
