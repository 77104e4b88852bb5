#include "loader/layers/common/gate_slope.h"

#include <algorithm>

namespace keraunos::loader {
namespace {

template <class T>
void multiply(Tensor& tensor, size_t gates, std::span<const size_t> sigmoid) {
  const std::span<T> numbers = tensor.mutable_values<T>();
  const auto columns = static_cast<size_t>(tensor.dims().back()), units = columns / gates;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const size_t gate = i % columns / units;
    if (std::find(sigmoid.begin(), sigmoid.end(), gate) != sigmoid.end()) numbers[i] = static_cast<T>(numbers[i] * 1.2);
  }
}

}  // namespace

void steepen_gates(const Config& config, StoredWeights weights, size_t gates, std::span<const size_t> sigmoid) {
  const files::Json* activation = config.find("recurrent_activation");
  if (activation == nullptr || *activation != files::Json("hard_sigmoid")) return;
  for (std::shared_ptr<const Tensor>& weight : weights) {
    if (weight == nullptr || weight->dims().rank() == 0 || weight->dims().back() < static_cast<int64_t>(gates)) continue;
    Tensor copy = weight->clone();
    if (copy.dtype() == DType::float32) multiply<float>(copy, gates, sigmoid);
    if (copy.dtype() == DType::float64) multiply<double>(copy, gates, sigmoid);
    weight = std::make_shared<const Tensor>(std::move(copy));
  }
}

}  // namespace keraunos::loader
