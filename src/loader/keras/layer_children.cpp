// The functions of a layer's lowering that concern the layers inside it.
#include <algorithm>

#include "loader/keras/layer_lowering.h"

namespace keraunos::loader {
namespace {

std::vector<Dims> states_of(const LayerInstance& layer, const std::string& file) {
  if (layer.def != nullptr && layer.def->states) return layer.def->states({*layer.config, file + ": " + layer.described()});
  std::vector<Dims> all;
  for (const SharedLayer& child : layer.children) {
    const std::vector<Dims> own = states_of(*child, file);
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace

LayerInstance* LayerLowering::find_child(std::string_view name) const {
  for (const SharedLayer& child : layer_.children) {
    if (child->attribute == name) return child.get();
  }
  return nullptr;
}

LayerInstance& LayerLowering::child_named(std::string_view name) const {
  if (LayerInstance* child = find_child(name)) return *child;
  throw ModelError(config_.where() + ": has no layer \"" + std::string(name) + "\" inside it");
}

Value LayerLowering::child_weight(std::string_view child, std::string_view name, const Shape& expected) {
  LayerInstance& layer = child_named(child);
  return weight_of(layer, name, expected, layer.policy.compute, true);
}

bool LayerLowering::child_has_weight(std::string_view child, std::string_view name) const {
  const LayerInstance& layer = child_named(child);
  return std::any_of(layer.weights.begin(), layer.weights.end(), [&](const WeightInfo& weight) {
    return weight.name == name && (weight.tensor != nullptr || lowerer_.model().make_weight);
  });
}

std::vector<Traced> LayerLowering::call_child(std::string_view child, std::vector<Arg> arguments, Arg::Members keywords) {
  LayerInstance& layer = child_named(child);
  const std::string before = host::graph_of(*this).origin;
  std::vector<Traced> results = lowerer_.call(layer, origin_ + '/' + layer.name, std::move(arguments), std::move(keywords));
  host::graph_of(*this).origin = before;
  if (results.empty())
    throw ModelError(lowerer_.model().file + ": " + layer.described() + " returns no tensor, but the layer around it needs one");
  const bool complete =
      std::all_of(results.begin(), results.end(), [](const Traced& result) { return static_cast<bool>(result.value); });
  if (!complete) throw Blocked{};  // a model with a refused layer inside
  return results;
}

std::vector<Traced> LayerLowering::call_child_with(std::string_view child, const ChangedWeights& changed, const Traced& x) {
  struct Restore {
    Lowerer& lowerer;
    const LayerInstance& layer;
    const ChangedWeights& weights;
    ~Restore() {
      for (const auto& [name, value] : weights) lowerer.replace_weight(layer, name, {});
    }
  };
  const LayerInstance& layer = child_named(child);
  const Restore restore{lowerer_, layer, changed};
  for (const auto& [name, value] : changed) lowerer_.replace_weight(layer, name, value);
  return call_child(child, {Arg{x}}, {});
}

Shape LayerLowering::shape_of_child_weight(std::string_view child, std::string_view name) const {
  LayerInstance& layer = child_named(child);
  const Dims dims = lowerer_.weight(layer, name, nullptr)->dims();
  Shape shape;
  for (int axis = 0; axis < dims.rank(); ++axis) shape.push_back({dims[axis]});
  return shape;
}

Config LayerLowering::child_config(std::string_view child) const {
  const LayerInstance& layer = child_named(child);
  return {*layer.config, lowerer_.model().file + ": " + layer.described()};
}

std::string LayerLowering::child_class(std::string_view child) const { return child_named(child).class_name; }

bool LayerLowering::child_is_built_in(std::string_view child) const { return is_built_in(child_named(child)); }

std::vector<Dims> LayerLowering::child_states(std::string_view child) const {
  // The states of a refused cell are unknown.
  if (auto refusals = refusals_in(child_named(child)); !refusals.empty())
    throw_refusals(lowerer_.model().file, std::move(refusals));
  return states_of(child_named(child), lowerer_.model().file);
}

}  // namespace keraunos::loader
