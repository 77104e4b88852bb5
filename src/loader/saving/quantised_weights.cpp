#include "loader/saving/quantised_weights.h"

#include <algorithm>
#include <string>

#include "loader/keras/weight_order.h"
#include "loader/saving/rounded_weights.h"

namespace keraunos::loader {
namespace {

using SharedWeight = std::shared_ptr<const Tensor>;

SharedWeight weight_of(const LayerInstance& layer, std::string_view name) {
  const auto found =
      std::find_if(layer.weights.begin(), layer.weights.end(), [&](const WeightInfo& weight) { return weight.name == name; });
  return found == layer.weights.end() ? nullptr : found->tensor;
}

// Splits an equation "abc,cde->abde" into its labels.
struct Labels {
  std::string input, kernel, result;
};

Labels labels_of(const LayerInstance& layer) {
  std::string equation = Config(*layer.config, layer.described()).text("equation", "");
  std::erase(equation, ' ');
  const size_t comma = equation.find(','), arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || comma > arrow) return {};
  return {equation.substr(0, comma), equation.substr(comma + 1, arrow - comma - 1), equation.substr(arrow + 2)};
}

// There is one scale for each element along the kernel's axes that are in the result. Its shape has the axes of the result, with
// extent 1 for those that the kernel lacks.
SharedWeight over_result(const SharedWeight& scale, const Labels& labels, const Dims& kernel) {
  std::string kept;
  std::vector<int64_t> extents;
  for (size_t i = 0; i < labels.kernel.size(); ++i) {
    if (labels.result.find(labels.kernel[i]) == std::string::npos) continue;
    kept += labels.kernel[i];
    extents.push_back(kernel[static_cast<int>(i)]);
  }
  std::vector<int64_t> shape;
  for (const char label : labels.result) {
    const size_t at = kept.find(label);
    shape.push_back(at == std::string::npos ? 1 : extents[at]);
  }
  Tensor result(DType::float32, Dims(shape));
  for (int64_t i = 0; i < scale->dims().elements(); ++i) {
    std::vector<int64_t> index(kept.size());
    int64_t rest = i;
    for (size_t axis = kept.size(); axis-- > 0;) index[axis] = rest % extents[axis], rest /= extents[axis];
    int64_t target = 0;
    for (size_t axis = 0; axis < labels.result.size(); ++axis) {
      const size_t at = kept.find(labels.result[axis]);
      target = target * shape[axis] + (at == std::string::npos ? 0 : index[at]);
    }
    result.mutable_values<float>()[static_cast<size_t>(target)] = scale->values<float>()[static_cast<size_t>(i)];
  }
  return std::make_shared<const Tensor>(std::move(result));
}

void append(std::vector<WeightInfo>& weights, const std::string& name, const SharedWeight& tensor) {
  if (tensor != nullptr) weights.push_back({name, true, tensor});
}

std::vector<WeightInfo> product(const LayerInstance& layer, const RoundedWeights& kernel) {
  std::vector<WeightInfo> weights;
  append(weights, "kernel", kernel.values);
  append(weights, "bias", weight_of(layer, "bias"));
  append(weights, "kernel_scale", kernel.scale);
  append(weights, "kernel_zero", kernel.zero);
  append(weights, "g_idx", kernel.block_of);
  return weights;
}

std::vector<WeightInfo> einsum(const LayerInstance& layer, Quantization mode) {
  const Labels labels = labels_of(layer);
  const SharedWeight kernel = weight_of(layer, "kernel");
  std::vector<bool> summed;
  int64_t rows = 1, columns = 1;
  for (size_t i = 0; i < labels.kernel.size(); ++i) {
    summed.push_back(labels.result.find(labels.kernel[i]) == std::string::npos);
    (summed.back() ? rows : columns) *= kernel->dims()[static_cast<int>(i)];
  }
  if (mode == Quantization::int4) return product(layer, rounded_to_int4(*kernel, Dims{rows, columns}, 0, 1));
  RoundedWeights rounded = rounded_to_int8(*kernel, summed);
  rounded.scale = over_result(rounded.scale, labels, kernel->dims());
  return product(layer, rounded);
}

std::vector<WeightInfo> table(const LayerInstance& layer, Quantization mode) {
  const bool int8 = mode == Quantization::int8;
  const SharedWeight rows = weight_of(layer, "embeddings"), reverse = weight_of(layer, "reverse_embeddings");
  const RoundedWeights rounded = int8 ? rounded_to_int8(*rows, {false, true}) : rounded_to_int4(*rows, rows->dims(), 1, 1);
  std::vector<WeightInfo> weights;
  append(weights, "embeddings", rounded.values);
  append(weights, "embeddings_scale", rounded.scale);
  append(weights, "embeddings_zero", rounded.zero);
  append(weights, "g_idx", rounded.block_of);
  if (reverse == nullptr) return weights;
  const RoundedWeights other = int8 ? rounded_to_int8(*reverse, {true, false}) : rounded_to_int4(*reverse, reverse->dims(), 0, 0);
  append(weights, "reverse_embeddings", other.values);
  append(weights, "reverse_embeddings_scale", other.scale);
  if (!int8) append(weights, "reverse_embeddings_zero", tensor_for_weight(*other.zero, DType::float32));  // as Keras keeps it
  return weights;
}

}  // namespace

bool can_be_quantised(const LayerInstance& layer) {
  if (layer.class_name != "EinsumDense") return true;
  const Labels labels = labels_of(layer);
  return !labels.kernel.empty() && labels.input.find('.') == std::string::npos;
}

std::vector<WeightInfo> quantised_weights(const LayerInstance& layer, Quantization mode) {
  if (layer.class_name == "EinsumDense") return einsum(layer, mode);
  if (layer.class_name != "Dense") return table(layer, mode);
  const SharedWeight kernel = weight_of(layer, "kernel");
  return product(layer, mode == Quantization::int8 ? rounded_to_int8(*kernel, {true, false})
                                                   : rounded_to_int4(*kernel, kernel->dims(), 0, 1));
}

}  // namespace keraunos::loader
