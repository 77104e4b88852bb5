// Masks that Keras attaches to its tensors; a call may remove or set them for later calls.
#include <algorithm>
#include <map>
#include <string_view>

#include "loader/keras/class_names.h"
#include "loader/keras/layer_lowering.h"
#include "loader/keras/lowerer.h"
#include "loader/keras/nodes.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

// The body of a Loop has its own value ids.
const std::map<int, Value>& Lowerer::masks_now() const {
  static const std::map<int, Value> none;
  return graph_ == main_ ? masks_now_ : none;
}

// The addition around a layer that deletes masks, and the next attention over the same memory, get no mask.
void Lowerer::take_masks(const LayerInstance& layer, const Lowering& call) {
  const auto& deletes = traits_of(layer).deletes_masks;
  if (!deletes || !deletes(model_.dialect) || graph_ != main_) return;
  const auto take = [&](const Arg& argument) {
    for (const Traced* tensor : tensor_leaves(argument)) masks_now_[tensor->value.id] = {};
  };
  for (size_t i = 0; i < std::min<size_t>(3, call.arguments().size()); ++i) take(call.arguments()[i]);
  for (const char* name : {"query", "value", "key"}) {
    if (const Arg* argument = call.keyword(name)) take(*argument);
  }
}

// Keras 2 attaches an explicit mask to the results. Keras 3 attaches the first tensor's own mask; since 3.11 an explicit one too,
// unless it was passed by position.
bool Lowerer::hands_on_explicit_mask(const LayerInstance& layer, const Arg::Members& keywords, bool by_position) const {
  if (model_.dialect.before(3, 0) || layer.network != nullptr) return true;
  if (!by_position && !model_.dialect.before(3, 11)) return true;
  return std::none_of(keywords.begin(), keywords.end(),
                      [](const auto& keyword) { return keyword.name == "mask" && !keyword.value.is_none(); });
}

namespace {

// The masks of a list of tensors, including None, in Keras's order of flattening.
void collect_masks(const Arg& masks, std::vector<Value>& found) {
  if (const Traced* mask = masks.tensor()) found.push_back(mask->value);
  if (masks.is_none()) found.push_back({});
  if (const Arg::List* list = masks.list()) {
    for (const Arg& item : *list) collect_masks(item, found);
  }
  if (const auto* members = std::get_if<Arg::Members>(&masks.value)) {
    std::map<std::string_view, const Arg*> sorted;
    for (const auto& [key, item] : *members) sorted[key] = &item;
    for (const auto& [key, item] : sorted) collect_masks(*item, found);
  }
}

}  // namespace

// A model that is called with masks sets them at its inputs: Keras 2 replaces any mask, Keras 3 only an existing one. Later
// readers of the same tensors use these masks too.
void Lowerer::mask_inputs(const LayerInstance& layer, std::vector<Traced>& inputs, const Arg& masks) {
  const bool old = model_.dialect.before(3, 0);
  std::vector<Value> given;
  collect_masks(masks, given);
  if (masks.is_none() && !old) return;
  if (masks.is_none()) given.assign(inputs.size(), Value{});
  if (given.size() != inputs.size()) {
    throw ModelError(model_.file + ": " + layer.described() + " takes " + std::to_string(inputs.size()) +
                     " inputs, but is called with " + std::to_string(given.size()) + " masks");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!given[i] && !old) continue;
    inputs[i].mask = given[i];
    if (graph_ == main_) masks_now_[inputs[i].value.id] = given[i];
  }
}

}  // namespace keraunos::loader
