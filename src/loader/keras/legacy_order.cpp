#include "loader/keras/legacy_order.h"

#include <algorithm>

#include "loader/keras/class_names.h"
#include "loader/layers/common/quantised.h"

namespace keraunos::loader {
namespace {

using Slots = std::vector<WeightSlot>;

void append_own(LayerInstance& layer, bool trainable, Slots& slots) {
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    if (layer.weights[i].trainable == trainable) slots.push_back({&layer, i});
  }
}

// Keras 2: the properties trainable_weights and non_trainable_weights, as they are.
void append_trainable(LayerInstance& layer, Slots& slots) {
  if (!layer.trainable) return;
  const bool children_first = static_cast<bool>(traits_of(layer).holds_weights_of_child);
  if (!children_first) append_own(layer, true, slots);
  for (const SharedLayer& child : layer.children) append_trainable(*child, slots);
  if (children_first) append_own(layer, true, slots);
}

void append_rest(LayerInstance& layer, Slots& slots) {
  if (layer.trainable) {
    const bool children_first = static_cast<bool>(traits_of(layer).holds_weights_of_child);
    if (!children_first) append_own(layer, false, slots);
    for (const SharedLayer& child : layer.children) append_rest(*child, slots);
    if (children_first) append_own(layer, false, slots);
    return;
  }
  append_own(layer, true, slots);
  append_own(layer, false, slots);
  for (const SharedLayer& child : layer.children) {
    append_trainable(*child, slots);
    append_rest(*child, slots);
  }
}

// Keras 3: one list in the order of layers, from which the trainable variables are taken first.
struct Marked {
  WeightSlot slot;
  bool trainable;
};

void append_marked(LayerInstance& layer, bool frozen, std::vector<Marked>& all) {
  frozen = frozen || !layer.trainable;
  Slots own;
  append_own(layer, true, own);
  append_own(layer, false, own);
  const Config config(*layer.config, layer.described());
  for (const WeightSlot& slot : own) {
    const WeightInfo& weight = layer.weights[slot.weight];
    all.push_back({slot, !frozen && weight.trainable && !is_quantised_weight(config, weight.name)});
  }
  for (const SharedLayer& child : layer.children) append_marked(*child, frozen, all);
}

Slots without_repetitions(const Slots& slots) {
  Slots result;
  for (const WeightSlot& slot : slots) {
    if (std::find(result.begin(), result.end(), slot) == result.end()) result.push_back(slot);
  }
  return result;
}

}  // namespace

std::vector<WeightSlot> legacy_order(LayerInstance& layer, int major) {
  Slots slots;
  if (major < 3) {
    append_trainable(layer, slots);
    append_rest(layer, slots);
  } else {
    std::vector<Marked> all;
    append_marked(layer, false, all);
    std::stable_partition(all.begin(), all.end(), [](const Marked& marked) { return marked.trainable; });
    for (const Marked& marked : all) slots.push_back(marked.slot);
  }
  return without_repetitions(slots);
}

}  // namespace keraunos::loader
