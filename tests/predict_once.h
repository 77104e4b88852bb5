// One prediction of a model from a file.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "keraunos/keraunos.h"

namespace keraunos {

/// Small inputs of the model's types: zeros, or a word. The library must refuse sizes beyond memory.
inline void predict_once(const Model& model) {
  std::vector<Tensor> tensors;
  NamedViews inputs;
  for (const TensorSpec& spec : model.inputs()) {
    std::vector<int64_t> sizes;
    for (const auto& extent : spec.shape) sizes.push_back(extent.value_or(sizes.empty() ? 2 : 3));
    if (!sizes.empty()) sizes[0] = 2;
    Tensor& tensor = tensors.emplace_back(spec.dtype, Dims(sizes));
    if (spec.dtype == DType::string) {
      std::fill_n(static_cast<std::string_view*>(tensor.data()), tensor.dims().elements(), "red");
    } else {
      std::fill_n(static_cast<std::byte*>(tensor.data()), tensor.bytes(), std::byte{0});
    }
  }
  for (size_t i = 0; i < tensors.size(); ++i) inputs.emplace_back(model.inputs()[i].name, tensors[i]);
  model.predict(inputs, {.max_turns = 100});
}

}  // namespace keraunos
