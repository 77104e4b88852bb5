// Weights for tests of networks that are too large to store: every element is a function of the layer's path, the weight's name
// and the element's index, so that Python and C++ make the same numbers without a file.
#include <bit>
#include <cmath>
#include <cstring>

#include "loader/keras/class_names.h"
#include "loader/keras/weights.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {
namespace {

uint64_t fnv1a64(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

uint64_t splitmix64(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

struct Spread {
  float scale, offset;
};

std::string name_in_keras(const LayerInstance& layer, const std::string& name, int major) {
  const std::string& before = traits_of(layer).kernel_in_keras2;
  return major < 3 && name == "kernel" && !before.empty() ? before : name;
}

float fan_in(const LayerInstance& layer, const std::string& name, const Dims& dims) {
  const bool depthwise = name_in_keras(layer, name, 2) == "depthwise_kernel";
  int64_t product = 1;
  for (int axis = 0; axis < dims.rank() - (depthwise ? 2 : 1); ++axis) product *= dims[axis];
  return static_cast<float>(product);
}

Spread range_of(const LayerInstance& layer, const std::string& name, const Dims& dims) {
  if (name == "gamma" || name == "moving_variance" || name == "variance") return {0.4F, 0.8F};
  if (dims.rank() <= 1 || name == "moving_mean" || name == "mean") return {0.2F, -0.1F};
  return {std::sqrt(3.0F / fan_in(layer, name, dims)), 0};
}

std::shared_ptr<const Tensor> make(const LayerInstance& layer, const std::string& weight, const Dims& dims, uint64_t seed,
                                   int major) {
  const std::string name = name_in_keras(layer, weight, major);
  if (name == "count") {
    Tensor count(DType::int64, dims);
    for (int64_t& value : count.mutable_values<int64_t>()) value = 1;
    return std::make_shared<const Tensor>(std::move(count));
  }
  Tensor tensor(DType::float32, dims);
  const uint64_t state = fnv1a64(layer.path + '/' + name) ^ (seed * 0x9e3779b97f4a7c15u);
  const Spread range = range_of(layer, name, dims);
  const std::span<float> values = tensor.mutable_values<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    const float u = static_cast<float>(splitmix64(state + i) >> 40) * 0x1p-24F;
    values[i] = range.offset == 0 ? (2 * u - 1) * range.scale : range.offset + range.scale * u;
  }
  return std::make_shared<const Tensor>(std::move(tensor));
}

}  // namespace

void fill_synthetic(LayerGraph& graph, uint64_t seed) {
  graph.make_weight = [seed, major = graph.dialect.major, budget = graph.budget](const LayerInstance& layer,
                                                                                 const std::string& name, const Dims& dims) {
    budget->take(8 * static_cast<uint64_t>(dims.elements()), "the weight \"" + name + "\" of " + layer.described());
    return make(layer, name, dims, seed, major);
  };
}

void fill_unknown(LayerGraph& graph) {
  graph.make_weight = [](const LayerInstance&, const std::string& name, const Dims& dims) {
    Tensor tensor(name == "count" ? DType::int64 : DType::float32, dims);
    // Larger tensors are not filled, because no code reads them and a file may ask for any size.
    constexpr int64_t kMostFilled = int64_t{1} << 20;
    if (tensor.bytes() <= kMostFilled) std::memset(tensor.data(), 0, static_cast<size_t>(tensor.bytes()));
    return std::make_shared<const Tensor>(std::move(tensor));
  };
}

}  // namespace keraunos::loader
