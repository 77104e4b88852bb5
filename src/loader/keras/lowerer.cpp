#include "loader/keras/lowerer.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "loader/keras/layer_lowering.h"
#include "loader/keras/nodes.h"

namespace keraunos::loader {
namespace {

// An argument tree of a file as one of the graph: sources become the values they stand for.
class Binder {
 public:
  Binder(const Network& network, const std::vector<std::vector<Traced>>& results,
         const std::function<Value(const std::shared_ptr<const Tensor>&)>& leaf, const std::set<int>& without_mask)
      : network_(network), results_(results), leaf_(leaf), without_mask_(without_mask) {}

  Arg operator()(const Arg& tree) const {
    if (const Traced* tensor = tree.tensor()) return {bound(*tensor)};
    if (const Arg::List* list = tree.list()) {
      Arg::List items;
      for (const Arg& item : *list) items.push_back((*this)(item));
      return {std::move(items)};
    }
    if (const auto* members = std::get_if<Arg::Members>(&tree.value)) {
      Arg::Members items;
      for (const auto& [key, item] : *members) items.emplace_back(key, (*this)(item));
      return {std::move(items)};
    }
    if (const auto* slice = std::get_if<std::shared_ptr<const Arg::Slice>>(&tree.value)) {
      const Arg::Slice& parts = **slice;
      return {std::shared_ptr<const Arg::Slice>(
          std::make_shared<Arg::Slice>(Arg::Slice{(*this)(parts.start), (*this)(parts.stop), (*this)(parts.step)}))};
    }
    return tree;
  }

  Traced bound(const Traced& reference) const {
    const Source& source = network_.sources[static_cast<size_t>(reference.value.id)];
    if (source.constant != nullptr) return {leaf_(source.constant), {}};
    const std::vector<Traced>& outputs = results_[static_cast<size_t>(source.call)];
    if (static_cast<size_t>(source.output) < outputs.size()) {
      const Traced& found = outputs[static_cast<size_t>(source.output)];
      return without_mask_.contains(found.value.id) ? Traced{found.value, {}} : found;
    }
    const Call& call = network_.calls[static_cast<size_t>(source.call)];
    const std::string name = call.layer < 0 ? "input" : network_.layers[static_cast<size_t>(call.layer)]->described();
    throw ModelError(name + " has " + std::to_string(outputs.size()) + " outputs, the file uses output " +
                     std::to_string(source.output));
  }

 private:
  const Network& network_;
  const std::vector<std::vector<Traced>>& results_;
  const std::function<Value(const std::shared_ptr<const Tensor>&)>& leaf_;
  const std::set<int>& without_mask_;
};

// Keras 3 lets the first argument be given by its name too, as in attention(query=x, value=y).
void place_first(std::vector<Arg>& arguments, Arg::Members& keywords) {
  constexpr std::array kNames{"inputs", "sequences", "sequence", "query", "x"};
  const auto first = std::find_if(keywords.begin(), keywords.end(), [&](const auto& keyword) {
    return std::find(kNames.begin(), kNames.end(), keyword.first) != kNames.end();
  });
  if (first == keywords.end()) return;
  arguments.push_back(std::move(first->second));
  keywords.erase(first);
}

std::string origin_of(const std::string& parent, const LayerInstance& layer, int occurrence) {
  std::string name = parent.empty() ? layer.name : parent + '/' + layer.name;
  return occurrence == 0 ? name : name + '#' + std::to_string(occurrence);
}

}  // namespace

std::vector<Traced> Lowerer::lower(const std::vector<Traced>& inputs) {
  Arg::List list;
  for (const Traced& input : inputs) list.push_back({input});
  return call_network(*model_.root, "", {Arg{std::move(list)}});
}

std::vector<Traced> Lowerer::call(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments,
                                  Arg::Members keywords) {
  if (arguments.empty() && !layer.is_operation && is_built_in(layer)) place_first(arguments, keywords);
  if (layer.network != nullptr) put_masks_back(arguments, keywords);
  std::vector<Traced> results = layer.network != nullptr ? call_network(layer, origin, arguments)
                                                         : call_layer(layer, origin, std::move(arguments), std::move(keywords));
  record(layer, results);
  return results;
}

std::vector<Traced> Lowerer::call_layer(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments,
                                        Arg::Members keywords) {
  if (layer.def == nullptr || !layer.refusal.empty()) {
    throw_refusals(model_.file, {{layer.path, layer.class_name, layer.refusal.empty() ? "cannot be called" : layer.refusal}});
  }
  graph_->origin = origin;
  LayerLowering lowering(*this, layer, origin, std::move(arguments), std::move(keywords));
  try {
    lowering.prepare_arguments();
    std::vector<Traced> results = layer.def->lower(lowering);
    if (layer.def->passes_mask) lowering.pass_mask(results);
    if (claims_) claim(lowering, layer, results);
    take_masks(layer, lowering);
    return results;
  } catch (const UsageError& error) {  // of the Builder, which knows no layers
    throw ModelError(model_.file + ": " + layer.described() + ": " + error.what());
  } catch (const std::out_of_range&) {  // a layer asked for its first tensor and the file's call has none
    throw ModelError(model_.file + ": " + layer.described() + " is called with fewer tensors than it takes; the file's graph is damaged");
  }
}

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

void Lowerer::record(const LayerInstance& layer, const std::vector<Traced>& outputs) {
  if (graph_ != main_) return;  // inside the body of a Loop
  LayerOutputs entry{.values = outputs, .shapes = {}, .dtypes = {}};
  for (const Traced& output : outputs) {
    if (!output.value) return;
    entry.shapes.push_back(graph_->info(output.value).shape);
    entry.dtypes.push_back(graph_->info(output.value).dtype);
  }
  LayerOutputs& known = outputs_by_path_[layer.path];
  entry.shapes_differ = known.shapes_differ || (!known.shapes.empty() && known.shapes != entry.shapes);
  known = std::move(entry);
}

// By key where the model takes a dict and is given one, else in flattened order.
std::vector<Traced> Lowerer::network_inputs(const LayerInstance& layer, const Network& network,
                                            const std::vector<Arg>& arguments) {
  std::vector<Traced> given;
  const auto* members = arguments.empty() ? nullptr : std::get_if<Arg::Members>(&arguments[0].value);
  if (members != nullptr) {
    for (size_t i = 0; i < network.inputs.size(); ++i) {
      const std::string& key = network.input_keys.empty() ? network.inputs[i].name : network.input_keys[i];
      const auto found = std::find_if(members->begin(), members->end(), [&](const auto& member) { return member.first == key; });
      if (found != members->end() && found->second.tensor() != nullptr) given.push_back(*found->second.tensor());
    }
  }
  if (given.size() != network.inputs.size()) {
    given.clear();
    for (const Arg& argument : arguments) {
      for (const Traced* tensor : tensor_leaves(argument)) given.push_back(*tensor);
    }
  }
  if (given.size() != network.inputs.size()) {
    throw ModelError(model_.file + ": " + layer.described() + " takes " + std::to_string(network.inputs.size()) +
                     " inputs, but is called with " + std::to_string(given.size()));
  }
  // Keras converts what a nested model is called with to its inputs' dtypes. (A Sequential that was built by a call in float64
  // says so; its layers cast back at once.)
  for (size_t i = 0; i < given.size() && !layer.is_root; ++i) {
    const DType wanted = network.inputs[i].dtype, found = graph_->info(given[i].value).dtype;
    const bool convertible = wanted != DType::string && found != DType::string && wanted != DType::float64;
    if (wanted != found && convertible) given[i].value = Builder(*graph_).cast(given[i].value, wanted);
  }
  return given;
}

std::vector<Traced> Lowerer::call_network(const LayerInstance& layer, const std::string& origin,
                                          const std::vector<Arg>& arguments) {
  const Network& network = *layer.network;
  const std::vector<Traced> inputs = network_inputs(layer, network, arguments);
  std::vector<std::vector<Traced>> results(network.calls.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const NetworkInput& input = network.inputs[i];
    results[static_cast<size_t>(input.call)] = {inputs[i]};
    const int index = network.calls[static_cast<size_t>(input.call)].layer;
    if (index >= 0) record(*network.layers[static_cast<size_t>(index)], {inputs[i]});
  }
  for (size_t n = 0; n < (network.order.empty() ? network.calls.size() : network.order.size()); ++n) {
    const size_t i = network.order.empty() ? n : static_cast<size_t>(network.order[n]);
    const Call& call = network.calls[i];
    if (!results[i].empty()) continue;
    LayerInstance& target = *network.layers[static_cast<size_t>(call.layer)];
    results[i] = call_or_refuse(target, origin_of(origin, target, call.occurrence), call, results, network);
  }
  if (claims_ && layer.is_root) call_asides(network, results);
  const std::function<Value(const std::shared_ptr<const Tensor>&)> as_leaf = [this](const auto& tensor) { return leaf(tensor); };
  const Binder bind(network, results, as_leaf, without_mask_);
  std::vector<Traced> outputs;
  for (int source : network.outputs) {
    const int call = network.sources[static_cast<size_t>(source)].call;
    const bool missing = call >= 0 && !results[static_cast<size_t>(call)].empty() && !results[static_cast<size_t>(call)][0].value;
    outputs.push_back(missing ? Traced{} : bind.bound({Value{source}, {}}));
  }
  return outputs;
}

// While refusals are collected, a refused call gives one absent value, and so does everything that depends on it.
std::vector<Traced> Lowerer::call_or_refuse(LayerInstance& layer, const std::string& origin, const Call& call,
                                            const std::vector<std::vector<Traced>>& results, const Network& network) {
  const std::function<Value(const std::shared_ptr<const Tensor>&)> as_leaf = [this](const auto& tensor) { return leaf(tensor); };
  const Binder bind(network, results, as_leaf, without_mask_);
  const auto unavailable = [&](const Traced& reference) {
    const Source& source = network.sources[static_cast<size_t>(reference.value.id)];
    return source.call >= 0 && !results[static_cast<size_t>(source.call)].empty() &&
           !results[static_cast<size_t>(source.call)][0].value;
  };
  const auto any_unavailable = [&](const Arg& tree) {
    const auto tensors = tensor_leaves(tree);
    return std::any_of(tensors.begin(), tensors.end(), [&](const Traced* tensor) { return unavailable(*tensor); });
  };
  std::vector<Arg> arguments;
  Arg::Members keywords;
  if (refusals_ != nullptr) {
    bool blocked = std::any_of(call.arguments.begin(), call.arguments.end(), any_unavailable);
    for (const auto& [key, tree] : call.keywords) blocked = blocked || any_unavailable(tree);
    if (blocked) return {Traced{}};
  }
  for (const Arg& tree : call.arguments) arguments.push_back(bind(tree));
  for (const auto& [key, tree] : call.keywords) keywords.emplace_back(key, bind(tree));
  if (refusals_ == nullptr) return this->call(layer, origin, std::move(arguments), std::move(keywords));
  try {
    return this->call(layer, origin, std::move(arguments), std::move(keywords));
  } catch (const UnsupportedError& error) {
    for (const UnsupportedError::Item& item : error.items) {
      const bool known = std::any_of(refusals_->begin(), refusals_->end(),
                                     [&](const auto& other) { return other.layer == item.layer && other.reason == item.reason; });
      if (!known) refusals_->push_back(item);
    }
    return {Traced{}};
  }
}

Value Lowerer::leaf(const std::shared_ptr<const Tensor>& tensor) {
  Value& known = leaves_[{graph_, tensor.get()}];
  if (!known) known = graph_->add_constant(tensor);
  return known;
}

// Shared by all calls, so that a constant is converted once.
Value Lowerer::cast_leaf(Value leaf, DType type) {
  if (graph_->info(leaf).dtype == type) return leaf;
  Value& known = casts_[{graph_, leaf.id, type}];
  if (!known) known = Builder(*graph_).cast(leaf, type);
  return known;
}

void Lowerer::forget(const host::Graph* graph) {
  std::erase_if(leaves_, [&](const auto& entry) { return entry.first.first == graph; });
  std::erase_if(casts_, [&](const auto& entry) { return std::get<0>(entry.first) == graph; });
}

std::shared_ptr<const Tensor> Lowerer::weight(LayerInstance& layer, std::string_view name, const Dims* expected) {
  const auto found =
      std::find_if(layer.weights.begin(), layer.weights.end(), [&](const WeightInfo& weight) { return weight.name == name; });
  const std::string where = model_.file + ": " + layer.described();
  if (found == layer.weights.end()) throw ModelError(where + " has no weight \"" + std::string(name) + '"');
  if (found->tensor == nullptr && model_.make_weight && expected != nullptr)
    found->tensor = model_.make_weight(layer, found->name, *expected);
  if (found->tensor == nullptr) throw ModelError(where + ": the file holds no weight \"" + std::string(name) + '"');
  if (expected != nullptr && !(found->tensor->dims() == *expected)) {
    throw ModelError(where + ": weight \"" + std::string(name) + "\" should have the shape " + expected->to_string() +
                     ", " + (model_.weights_file.empty() ? "the file" : model_.weights_file) + " holds " + found->tensor->dims().to_string() +
                     "; were config and weights written by the same model?");
  }
  return found->tensor;
}

Value Lowerer::state_before(const std::string& name, const Shape& shape, DType type) {
  const auto found = states_.find(name);
  if (found != states_.end()) {
    const host::State& state = graph_->states[found->second];
    return state.after ? state.after : state.before;
  }
  states_[name] = graph_->states.size();
  const Value before = graph_->add_value({.shape = shape, .dtype = type});
  graph_->states.push_back({name, before, {}});
  return before;
}

void Lowerer::set_state(const std::string& name, Value after) {
  const auto found = states_.find(name);
  if (found == states_.end()) throw UsageError("a state \"" + name + "\" is kept that was never asked for");
  graph_->states[found->second].after = after;
}

}  // namespace keraunos::loader
