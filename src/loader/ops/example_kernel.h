// The host kernel that reads serialised messages tf.train.Example.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "keraunos/kernel.h"

namespace keraunos::loader {

/// One feature to read; its type is float32, int64 or string.
struct ExampleFeature {
  enum class Form : uint8_t { sparse, fixed, padded, ragged };
  Form form = Form::sparse;
  std::string key;
  DType type = DType::float32;
  std::vector<int64_t> extents{};  // of one row of a dense feature; the first is -1 where rows have different lengths
  DType splits = DType::int64;     // of a ragged one
};

/// in: the messages, one for each row; then one default for each dense feature, without elements where the feature is required.
/// out: indices, then values, then the longest row of each sparse feature; dense features; values, then row starts of ragged
/// ones. Fails with DataError that names the row and the feature.
std::shared_ptr<const Kernel> example_kernel(std::vector<ExampleFeature> features);

}  // namespace keraunos::loader
