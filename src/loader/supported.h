// The names that files may use: for `keraunos supported`, docs/coverage.md and the test that compares them with Keras's.
#pragma once

#include <string>
#include <vector>

namespace keraunos::loader {

/// Sorted and unique.
struct SupportedNames {
  std::vector<std::string> layers;      ///< classes: "Dense"
  std::vector<std::string> operations;  ///< classes of keras.ops: "Matmul"
  std::vector<std::string> functions;   ///< of TensorFlow, as Keras 2 names them: "linalg.matmul"
  std::vector<std::string> extensions;  ///< layers of other libraries, with their package: "qkeras>QDense"
  std::vector<std::string> recipes;     ///< a recipe and its classes: "keras_io/captcha_ocr: CTCLayer"
};
SupportedNames supported_names();

}  // namespace keraunos::loader
