// Masks that Keras 3 keeps at its tensors, where a call may take them off or put them on for whoever comes later.
#include <algorithm>

#include "loader/keras/layer_lowering.h"
#include "loader/keras/lowerer.h"
#include "loader/keras/nodes.h"

namespace keraunos::loader {

// Since 3.8, MultiHeadAttention deletes the masks of the very tensors it is called with, once it has read them: the sum around it
// and the next attention over the same memory see none.
void Lowerer::take_masks(const LayerInstance& layer, const Lowering& call) {
  if (model_.dialect.before(3, 8) || layer.class_name != "MultiHeadAttention" || graph_ != main_) return;
  const auto take = [&](const Arg& argument) {
    for (const Traced* tensor : tensor_leaves(argument)) without_mask_.insert(tensor->value.id);
  };
  for (size_t i = 0; i < std::min<size_t>(3, call.arguments().size()); ++i) take(call.arguments()[i]);
  for (const char* name : {"query", "value", "key"}) {
    if (const Arg* argument = call.keyword(name)) take(*argument);
  }
}

// A model inside that is called with a mask by name, as Keras 3 writes it, sets it at the tensor again.
void Lowerer::put_masks_back(std::vector<Arg>& arguments, const Arg::Members& keywords) {
  for (const auto& [key, argument] : keywords) {
    if (key != "mask" || arguments.empty()) continue;
    const auto masks = tensor_leaves(argument);
    const auto tensors = tensor_leaves(arguments[0]);
    for (size_t i = 0; i < tensors.size() && masks.size() == tensors.size(); ++i) {
      if (without_mask_.erase(tensors[i]->value.id) > 0) tensors[i]->mask = masks[i]->value;
    }
  }
}

}  // namespace keraunos::loader
