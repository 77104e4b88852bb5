#include "loader/keras/weight_order.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "host/run/convert.h"
#include "keraunos/error.h"
#include "loader/layers/common/quantised.h"

namespace keraunos::loader {
namespace {

using Slots = std::vector<WeightSlot>;

void append(const Slots& more, Slots& slots) {
  for (const WeightSlot& slot : more) {
    if (std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
  }
}

Slots own_weights(LayerInstance& layer) {
  Slots own;
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    if (layer.weights[i].tensor != nullptr) own.push_back({&layer, i});
  }
  const Config config(*layer.config, layer.described());
  std::stable_partition(own.begin(), own.end(), [&](const WeightSlot& slot) {
    const WeightInfo& weight = layer.weights[slot.weight];
    return weight.trainable && !is_quantised_weight(config, weight.name);
  });
  return own;
}

class Copies {
 public:
  SharedLayer of(const SharedLayer& layer) {
    SharedLayer& copy = copies_[layer.get()];
    if (copy != nullptr) return copy;
    auto made = std::make_shared<LayerInstance>(*layer);
    copy = made;
    made->kept = std::make_shared<KeptObjects>();  // objects that lowering computes from weights
    for (SharedLayer& child : made->children) child = of(child);
    if (layer->network == nullptr) return made;
    auto network = std::make_shared<Network>(*layer->network);
    for (SharedLayer& inner : network->layers) inner = of(inner);
    made->network = std::move(network);
    return made;
  }

 private:
  std::map<const LayerInstance*, SharedLayer> copies_;
};

std::string extents(const Dims& dims) { return dims.to_string(); }

std::string name_of_weight(const WeightSlot& slot) {
  const std::string& name = slot.layer->weights[slot.weight].name;
  return slot.layer->is_root ? name : slot.layer->path + '/' + name;
}

Slots slots_of(const LayerGraph& graph, std::string_view layer) {
  return weight_order(layer_at(graph, layer), graph.dialect.major);
}

std::string whose(std::string_view layer) { return layer.empty() ? "the model" : "layer \"" + std::string(layer) + '"'; }

}  // namespace

std::vector<WeightSlot> weight_order(LayerInstance& layer, int major) {
  Slots slots;
  if (major < 3 && layer.network == nullptr) {
    append(legacy_order(layer, major), slots);
    std::erase_if(slots, [](const WeightSlot& slot) { return slot.layer->weights[slot.weight].tensor == nullptr; });
    return slots;
  }
  append(own_weights(layer), slots);
  for (const SharedLayer& child : layer.children) append(weight_order(*child, major), slots);
  return slots;
}

std::shared_ptr<LayerGraph> copy_of(const LayerGraph& graph) {
  auto copy = std::make_shared<LayerGraph>(graph);
  copy->root = Copies().of(graph.root);
  return copy;
}

LayerInstance& layer_at(const LayerGraph& graph, std::string_view path) {
  if (path.empty()) return *graph.root;
  LayerInstance* found = nullptr;
  visit_layers(graph.root, [&](LayerInstance& layer) {
    if (found == nullptr && !layer.is_root && layer.path == path) found = &layer;
  });
  if (found == nullptr) throw UsageError("the model has no layer \"" + std::string(path) + '"');
  return *found;
}

std::shared_ptr<const Tensor> tensor_for_weight(const TensorView& values, DType dtype) {
  Tensor tensor(dtype, values.dims);
  if (values.dtype == dtype)
    std::memcpy(tensor.data(), values.data, static_cast<size_t>(tensor.bytes()));
  else
    host::convert(values.data, values.dtype, tensor.data(), dtype, values.dims.elements());
  return std::make_shared<const Tensor>(std::move(tensor));
}

std::vector<TensorSpec> weights_in_order(const LayerGraph& graph, std::string_view layer) {
  std::vector<TensorSpec> specs;
  for (const WeightSlot& slot : slots_of(graph, layer)) {
    const Tensor& tensor = *slot.layer->weights[slot.weight].tensor;
    TensorSpec spec{name_of_weight(slot), tensor.dtype(), {}};
    for (const int64_t extent : tensor.dims()) spec.shape.emplace_back(extent);
    specs.push_back(std::move(spec));
  }
  return specs;
}

std::shared_ptr<LayerGraph> with_weights(const LayerGraph& graph, std::span<const TensorView> weights, std::string_view layer) {
  std::shared_ptr<LayerGraph> copy = copy_of(graph);
  const Slots slots = slots_of(*copy, layer);
  if (slots.size() != weights.size())
    throw UsageError("set_weights() of " + whose(layer) + " was given " + std::to_string(weights.size()) + " weights, expected " +
                     std::to_string(slots.size()) + ": weights() lists them");
  for (size_t i = 0; i < slots.size(); ++i) {
    WeightInfo& weight = slots[i].layer->weights[slots[i].weight];
    const TensorView& given = weights[i];
    const std::string what = "weight " + std::to_string(i) + " for set_weights(), \"" + name_of_weight(slots[i]) + "\", ";
    if (!(given.dims == weight.tensor->dims()))
      throw UsageError(what + "should have the shape " + extents(weight.tensor->dims()) + ", found " + extents(given.dims));
    if (given.dtype == DType::string || weight.tensor->dtype() == DType::string) throw UsageError(what + "should be numbers");
    weight.tensor = tensor_for_weight(given, weight.tensor->dtype());
  }
  return copy;
}

}  // namespace keraunos::loader
