#include "loader/keras/layer_info.h"

namespace keraunos::loader {

host::LayerInfo layer_info(const LayerInstance& layer) {
  host::LayerInfo info{.name = layer.name,
                       .class_name = layer.class_name,
                       .path = layer.path,
                       .config = layer.config->dump(),
                       .attribute = layer.attribute,
                       .weights = {},
                       .children = {}};
  for (const WeightInfo& weight : layer.weights) {
    if (weight.tensor != nullptr) info.weights.push_back(weight);
  }
  for (const SharedLayer& child : layer.children) {
    if (!child->is_operation) info.children.push_back(layer_info(*child));
  }
  return info;
}

}  // namespace keraunos::loader
