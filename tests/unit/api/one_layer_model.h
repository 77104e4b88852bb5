// The text of a model that has one layer.
#pragma once

#include <string>

namespace keraunos {

inline constexpr const char *kFourFeatures = "[null, 4]", *kEightSteps = "[null, 8, 4]", *kEightByEight = "[null, 8, 8, 4]",
                            *kVolumes = "[null, 4, 8, 8, 2]";

struct LayerText {
  const char *class_name, *config;
  int keras = 3;
  const char *input = kFourFeatures, *input_type = "float32";
};

// The layer is trainable, as every layer of Keras 3 states: otherwise ReLU and Softmax would be operations.
inline std::string one_layer_model(const LayerText &layer) {
  const bool old = layer.keras == 2;
  return std::string(R"({"class_name": "Sequential", "keras_version": ")") + (old ? "2.15.0" : "3.15.1") +
         R"(", "config": {"name": "model", "layers": [{"class_name": "InputLayer", "config": {")" +
         (old ? "batch_input_shape" : "batch_shape") + "\": " + layer.input + R"(, "dtype": ")" + layer.input_type +
         R"(", "name": "in"}}, {"class_name": ")" + layer.class_name + R"(", "config": {"name": "it", "trainable": true, )" +
         layer.config + "}}]}}";
}

}  // namespace keraunos
