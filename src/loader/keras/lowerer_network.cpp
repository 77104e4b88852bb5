// Lowers the calls of a model, the outer one or a nested one, in order.
#include <algorithm>
#include <functional>
#include <utility>

#include "loader/keras/call_arguments.h"
#include "loader/keras/lowerer.h"
#include "loader/keras/nodes.h"

namespace keraunos::loader {
namespace {

// Converts an argument tree of the file to one of the graph: sources are replaced by their values.
class Binder {
 public:
  Binder(const Network& network, const std::vector<std::vector<Traced>>& results,
         const std::function<Value(const std::shared_ptr<const Tensor>&)>& leaf, const std::map<int, Value>& masks_now)
      : network_(network), results_(results), leaf_(leaf), masks_now_(masks_now) {}

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
      const auto changed = masks_now_.find(found.value.id);
      return changed != masks_now_.end() ? Traced{found.value, changed->second} : found;
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
  const std::map<int, Value>& masks_now_;
};

// While refusals are collected, a refused call has one absent result, whatever its number of outputs; a nested model may lack
// some of its outputs.
bool is_missing(const Network& network, const std::vector<std::vector<Traced>>& results, const Traced& reference) {
  const Source& source = network.sources[static_cast<size_t>(reference.value.id)];
  if (source.call < 0) return false;
  const std::vector<Traced>& outputs = results[static_cast<size_t>(source.call)];
  if (outputs.size() == 1 && !outputs[0].value) return true;
  return static_cast<size_t>(source.output) < outputs.size() && !outputs[static_cast<size_t>(source.output)].value;
}

std::string origin_of(const std::string& parent, const LayerInstance& layer, int occurrence) {
  std::string name = parent.empty() ? layer.name : parent + '/' + layer.name;
  return occurrence == 0 ? name : name + '#' + std::to_string(occurrence);
}

}  // namespace

// By key where the model's inputs are a dict and the argument is one, else in flattened order.
std::vector<Traced> Lowerer::network_inputs(const LayerInstance& layer, const Network& network,
                                            const std::vector<Arg>& arguments) {
  std::vector<Traced> given;
  const auto* members = arguments.empty() ? nullptr : std::get_if<Arg::Members>(&arguments[0].value);
  if (members != nullptr) {
    for (size_t i = 0; i < network.inputs.size(); ++i) {
      const std::string& key = network.input_keys.empty() ? network.inputs[i].name : network.input_keys[i];
      const auto found = std::find_if(members->begin(), members->end(), [&](const auto& member) { return member.name == key; });
      if (found != members->end() && found->value.tensor() != nullptr) given.push_back(*found->value.tensor());
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
  // Keras converts the arguments of a nested model to its inputs' dtypes. (A Sequential that was built by a call in float64
  // states float64; its layers cast back at once.)
  for (size_t i = 0; i < given.size() && !layer.is_root; ++i) {
    const DType wanted = network.inputs[i].dtype, found = graph_->info(given[i].value).dtype;
    const bool convertible = wanted != DType::string && found != DType::string && wanted != DType::float64;
    if (wanted != found && convertible) given[i].value = Builder(*graph_).cast(given[i].value, wanted);
  }
  return given;
}

std::vector<Traced> Lowerer::call_network(const LayerInstance& layer, const std::string& origin,
                                          const std::vector<Arg>& arguments, const Arg* masks) {
  const Network& network = *layer.network;
  std::vector<Traced> inputs = network_inputs(layer, network, arguments);
  if (masks != nullptr) mask_inputs(layer, inputs, *masks);
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
    if (target.network == nullptr) set_apart(results[i]);
    if (passes_errors_) stand_in(results[i], network, i, target);
  }
  if ((claims_ && layer.is_root) || added_ != nullptr) call_asides(origin, network, results);
  const std::function<Value(const std::shared_ptr<const Tensor>&)> as_leaf = [this](const auto& tensor) { return leaf(tensor); };
  const Binder bind(network, results, as_leaf, masks_now());
  std::vector<Traced> outputs;
  for (int source : network.outputs) {
    const Traced reference{Value{source}, {}};
    outputs.push_back(is_missing(network, results, reference) ? Traced{} : bind.bound(reference));
  }
  return outputs;
}

// Permute in the given order returns its input's value and drops its mask. In Keras the result is another tensor, so a mask that
// the caller of the model gave to the input does not apply to the result.
void Lowerer::set_apart(std::vector<Traced>& results) {
  for (Traced& result : results) {
    const auto changed = masks_now().find(result.value.id);
    if (!result.value || changed == masks_now().end() || changed->second == result.mask) continue;
    const host::ValueInfo info = graph_->info(result.value);
    result.value = graph_->add(host::Reshape{}, {result.value}, {{.shape = info.shape, .dtype = info.dtype}})[0];
  }
}

// For a summary(): the result of a refused call gets the shape that the file states for it, if only the batch is unknown.
void Lowerer::stand_in(std::vector<Traced>& results, const Network& network, size_t call, const LayerInstance& layer) {
  if (results.size() != 1 || results[0].value || graph_->inputs.empty()) return;
  const Shape& input = graph_->info(graph_->inputs[0]).shape;
  for (const Source& source : network.sources) {
    if (source.call != static_cast<int>(call) || source.spec == nullptr || source.output > 16) continue;
    Shape shape;
    for (const auto& extent : source.spec->shape)
      shape.push_back(extent ? Dim{*extent} : shape.empty() && !input.empty() ? Dim{input[0].size, true} : Dim{-1});
    if (std::any_of(shape.begin(), shape.end(), [](const Dim& dim) { return dim.size < 0; })) continue;
    const auto output = static_cast<size_t>(source.output);
    if (results.size() <= output) results.resize(output + 1);
    results[output].value = graph_->add_value({.shape = std::move(shape), .dtype = source.spec->dtype});
  }
  record(layer, results);
}

// While refusals are collected, a refused call has one absent result, and so have all calls that depend on it.
std::vector<Traced> Lowerer::call_or_refuse(LayerInstance& layer, const std::string& origin, const Call& call,
                                            const std::vector<std::vector<Traced>>& results, const Network& network) {
  const std::function<Value(const std::shared_ptr<const Tensor>&)> as_leaf = [this](const auto& tensor) { return leaf(tensor); };
  const Binder bind(network, results, as_leaf, masks_now());
  const auto any_unavailable = [&](const Arg& tree) {
    const auto tensors = tensor_leaves(tree);
    return std::any_of(tensors.begin(), tensors.end(),
                       [&](const Traced* tensor) { return is_missing(network, results, *tensor); });
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
  if (refusals_ == nullptr) return call_as_saved(layer, origin, std::move(arguments), std::move(keywords));
  try {
    return call_as_saved(layer, origin, std::move(arguments), std::move(keywords));
  } catch (const UnsupportedError& error) {
    for (const UnsupportedError::Item& item : error.items) {
      const bool known = std::any_of(refusals_->begin(), refusals_->end(),
                                     [&](const auto& other) { return other.layer == item.layer && other.reason == item.reason; });
      if (!known) refusals_->push_back(item);
    }
    return {Traced{}};
  } catch (const Blocked&) {
    return {Traced{}};
  } catch (const Error&) {
    if (!passes_errors_) throw;
    return {Traced{}};
  }
}

// A call as the file holds it: arguments by position or by name, arrays as lists.
std::vector<Traced> Lowerer::call_as_saved(LayerInstance& layer, const std::string& origin, std::vector<Arg> arguments,
                                           Arg::Members keywords) {
  const bool by_position = bind_arguments(layer, model_, arguments, keywords);
  if (!has_signature(layer)) return call(layer, origin, std::move(arguments), std::move(keywords));
  Builder builder(*graph_);
  place_arrays(builder, layer, keywords);
  if (hands_on_explicit_mask(layer, keywords, by_position)) return call(layer, origin, std::move(arguments), std::move(keywords));
  const auto tensors = arguments.empty() ? std::vector<const Traced*>() : tensor_leaves(std::as_const(arguments[0]));
  const Value own = tensors.empty() ? Value{} : tensors[0]->mask;
  std::vector<Traced> results = call(layer, origin, std::move(arguments), std::move(keywords));
  for (Traced& result : results) {
    if (result.mask) result.mask = own;
  }
  return results;
}

}  // namespace keraunos::loader
