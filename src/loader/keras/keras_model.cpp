#include "loader/keras/keras_model.h"

#include <algorithm>

#include "loader/keras/layer_info.h"
#include "loader/keras/precision.h"
#include "loader/keras/reader.h"

namespace keraunos::loader {

struct KerasModel::Lowered {
  host::Graph graph;
  std::vector<Traced> outputs;
  std::map<std::string, LayerOutputs> by_path;
};

// What lowering with some sizes gave.
struct KerasModel::Attempt {
  std::optional<Lowered> lowered{};  ///< where nothing is refused
  std::vector<UnsupportedError::Item> refusals{};
  std::string error{};
};

namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + '"';
  return text;
}

std::vector<UnsupportedError::Item> common(const std::vector<UnsupportedError::Item>& some,
                                           const std::vector<UnsupportedError::Item>& others) {
  std::vector<UnsupportedError::Item> result;
  for (const UnsupportedError::Item& item : others) {
    const auto same = [&](const UnsupportedError::Item& other) {
      return other.layer == item.layer && other.reason == item.reason;
    };
    if (std::any_of(some.begin(), some.end(), same)) result.push_back(item);
  }
  return result;
}

std::vector<UnsupportedError::Item> joined(std::vector<UnsupportedError::Item> items,
                                           const std::vector<UnsupportedError::Item>& more) {
  for (const UnsupportedError::Item& item : more) {
    if (common(items, {item}).empty()) items.push_back(item);
  }
  return items;
}

template <class Item>
std::vector<Item> in_order_of_predict(std::vector<Item> flattened, const Network& network) {
  if (network.output_order.size() != flattened.size()) return flattened;
  std::vector<Item> ordered;
  for (size_t index : network.output_order) ordered.push_back(std::move(flattened[index]));
  return ordered;
}

TensorSpec spec_of_input(const NetworkInput& input) {
  return {input.key.empty() ? input.name : input.key, input.dtype, input.shape.value_or(std::vector<std::optional<int64_t>>{}),
          input.key.empty() ? std::string() : input.name};
}

// What Dims and Graph refuse knows no file.
std::string with_file(const std::string& file, const std::string& text) {
  return text.find(file) != std::string::npos ? text : file + ": " + text;
}

// The refusals, with None in place of the sizes that stood for it: what else differs in the other's goes with these sizes.
std::vector<UnsupportedError::Item> without_sizes(std::vector<UnsupportedError::Item> items,
                                                  const std::vector<UnsupportedError::Item>& others) {
  for (UnsupportedError::Item& item : items) {
    for (const UnsupportedError::Item& other : others) {
      if (other.layer == item.layer) item.reason = without_probe_sizes(item.reason, other.reason).value_or(item.reason);
    }
  }
  return items;
}

// What a kernel whose results depend on data gives for made-up data: zeros, or a few words.
std::vector<TensorType> types_of_results(const host::Graph& graph) {
  const std::vector<std::string> word{"a b c"};
  std::vector<Tensor> operands;
  std::vector<TensorView> views;
  for (Value value : graph.outputs) {
    const host::ValueInfo& info = graph.info(value);
    const Dims dims = host::dims_of(info.shape);
    if (info.constant != nullptr) {
      operands.push_back(info.constant->clone());
    } else if (info.dtype == DType::string) {
      operands.push_back(Tensor::strings(std::vector<std::string>(static_cast<size_t>(dims.elements()), word[0]), dims));
    } else {
      operands.emplace_back(info.dtype, dims);
      std::fill_n(static_cast<std::byte*>(operands.back().data()), operands.back().bytes(), std::byte{0});
    }
  }
  for (const Tensor& operand : operands) views.push_back(operand);
  std::vector<TensorType> types;
  try {
    for (const Tensor& result : graph.pending->kernel->run_dynamic(views)) types.push_back({result.dtype(), result.dims()});
  } catch (const DataError& error) {
    throw ModelError("layer \"" + graph.pending->origin + "\": what " + graph.pending->kernel->name() +
                     " gives is found while loading with zeros or the words \"a b c\", which it refuses: " + error.what());
  }
  return types;
}

}  // namespace

KerasModel::KerasModel(const std::shared_ptr<LayerGraph>& graph, CustomObjects custom, std::optional<DType> compute,
                       Purpose purpose)
    : graph_(graph), custom_(std::move(custom)), purpose_(purpose) {
  if (purpose == Purpose::describe) {
    explore();
    return;
  }
  for (const NetworkInput& input : graph_->root->network->inputs) {
    if (!input.shape) {
      if (auto refusals = refusals_in(*graph_->root); !refusals.empty()) throw_refusals(graph_->file, std::move(refusals));
      throw ModelError(graph_->file + ": the model does not say the shape of its input \"" + input.name +
                       "\"; it was saved before it was built. Call it once in Keras, or give it an Input, and save it again");
    }
    inputs_.push_back(spec_of_input(input));
  }
  probe();
  if (!compute) return;
  compute_in(graph->root, *compute);
  probe();  // what cannot run in that type is refused now
}

KerasModel::Lowered KerasModel::lowered(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known,
                                        std::vector<UnsupportedError::Item>* refusals, bool as_claimed) const {
  if (inputs.size() != inputs_.size()) {
    throw UsageError("the model has " + std::to_string(inputs_.size()) + " inputs, found " + std::to_string(inputs.size()));
  }
  Lowered result;
  host::Graph& graph = result.graph;
  graph.is_probe = refusals != nullptr;
  graph.known.assign(known.begin(), known.end());
  std::vector<Traced> values;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Shape shape = host::shape_of(inputs[i].dims);
    for (size_t axis = 0; axis < shape.size(); ++axis)
      shape[axis].varies = axis >= inputs_[i].shape.size() || !inputs_[i].shape[axis];
    values.push_back({graph.add_value({.shape = std::move(shape), .dtype = inputs[i].dtype}), {}});
    graph.inputs.push_back(values.back().value);
  }
  Lowerer lowerer(*graph_, custom_, graph);
  if (refusals != nullptr) lowerer.collect_refusals(*refusals);
  if (as_claimed) lowerer.claim_shapes();
  if (purpose_ == Purpose::describe) lowerer.pass_over_errors();
  try {
    result.outputs = lowerer.lower(values);
  } catch (const host::SegmentEnd&) {
    if (!graph.pending)
      throw ModelError(graph_->file + ": a result whose shape depends on data stands inside a loop, which cannot run");
  }
  result.by_path = lowerer.outputs_by_path();
  if (graph.pending) {
    result.outputs.clear();
    return result;
  }
  if (selected_.empty()) result.outputs = in_order_of_predict(std::move(result.outputs), *graph_->root->network);
  if (!selected_.empty()) {
    result.outputs.clear();
    for (const std::string& path : selected_) {
      const LayerOutputs& outputs = result.by_path.at(path);
      result.outputs.insert(result.outputs.end(), outputs.values.begin(), outputs.values.end());
    }
  }
  Builder builder(graph);
  for (size_t i = 0; i < result.outputs.size(); ++i) {
    const Value value = result.outputs[i].value;
    graph.outputs.push_back(value && i < outputs_.size() ? builder.cast(value, outputs_[i].dtype) : value);
  }
  return result;
}

host::Graph KerasModel::lower(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const {
  if (purpose_ == Purpose::describe) throw_refusals(graph_->file, refusals_);
  return std::move(lowered(inputs, known, nullptr).graph);
}

KerasModel::Lowered KerasModel::probed(const ProbeSizes& tried, std::vector<UnsupportedError::Item>& refusals,
                                       bool as_claimed) const {
  std::vector<TensorType> types;
  for (const TensorSpec& input : inputs_) {
    std::vector<int64_t> sizes;
    for (size_t axis = 0; axis < input.shape.size(); ++axis)
      sizes.push_back(input.shape[axis].value_or(axis == 0 ? tried.batch : tried.extent));
    types.push_back({input.dtype, Dims(sizes)});
  }
  std::vector<std::vector<TensorType>> known;
  for (;;) {
    Lowered result = lowered(types, known, &refusals, as_claimed);
    if (!result.graph.pending) return result;
    known.push_back(types_of_results(result.graph));
  }
}

// Shapes that do not fit are an answer; any other error is none.
KerasModel::Attempt KerasModel::attempt(const ProbeSizes& sizes) const {
  Attempt result;
  try {
    Lowered lowered = probed(sizes, result.refusals);
    if (result.refusals.empty()) result.lowered = std::move(lowered);
  } catch (const UnsupportedError& error) {
    result.refusals.insert(result.refusals.end(), error.items.begin(), error.items.end());
  } catch (const ModelError& error) {
    result.error = error.what();
  } catch (const UsageError& error) {
    result.error = error.what();
  }
  return result;
}

// An error or refusal that is the same with other sizes is the model's; one that changes with them is the probe's: a model loads
// when any sizes fit it, and a call with others is refused when it comes.
void KerasModel::probe() {
  const bool refused = !refusals_in(*graph_->root).empty();  // also in calls that lowering does not get to
  std::vector<Attempt> failed;
  bool lasts = false;
  const auto fits = [&](const std::vector<ProbeSizes>& all) {
    for (size_t i = 0; i < all.size() && !lasts; ++i) {
      Attempt now = attempt(all[i]);
      if (now.lowered) {
        probe_sizes_ = all[i];
        if (!refused) describe(*now.lowered);
        return true;
      }
      if (!failed.empty()) {
        const Attempt& before = failed.back();
        lasts = !common(before.refusals, now.refusals).empty() ||
                (before.refusals.empty() && now.refusals.empty() && before.error == now.error);
      }
      failed.push_back(std::move(now));
    }
    return false;
  };
  if (fits(usual_probe_sizes(inputs_))) {
    if (refused) throw_refusals(graph_->file, refusals_in(*graph_->root));
    return;
  }
  const size_t usual = failed.size();
  if (!lasts && !refused && fits(further_probe_sizes(*graph_, inputs_))) return;
  const size_t last = (lasts ? failed.size() : usual) - 1;
  fail(failed[last], failed[last > 0 ? last - 1 : last], lasts);
}

void KerasModel::fail(const Attempt& one, const Attempt& other, bool lasts) const {
  const std::vector<UnsupportedError::Item> refusals =
      lasts ? common(other.refusals, one.refusals) : without_sizes(one.refusals, other.refusals);
  const std::vector<UnsupportedError::Item> all = joined(refusals_in(*graph_->root), refusals);
  if (!all.empty()) throw_refusals(graph_->file, all);
  const std::string& error = one.error.empty() ? other.error : one.error;
  throw ModelError(with_file(graph_->file, without_probe_sizes(error, other.error).value_or(error)));
}

// Of the sizes that stand for None, the one with which most layers have a shape.
void KerasModel::explore() {
  for (const NetworkInput& input : graph_->root->network->inputs) inputs_.push_back(spec_of_input(input));
  root_ = std::make_shared<const host::LayerInfo>(layer_info(*graph_->root));
  const std::vector<UnsupportedError::Item> known = refusals_in(*graph_->root);
  refusals_ = known;
  const auto& inputs = graph_->root->network->inputs;
  if (!std::all_of(inputs.begin(), inputs.end(), [](const NetworkInput& input) { return input.shape.has_value(); })) return;
  for (const ProbeSizes& sizes : usual_probe_sizes(inputs_)) {
    std::vector<UnsupportedError::Item> refusals;
    try {
      const Lowered result = probed(sizes, refusals, true);
      if (result.by_path.size() > shapes_.size()) {
        shapes_ = result.by_path;
        refusals_ = joined(known, refusals);
      }
    } catch (const Error&) {  // of the probe's own size
    }
  }
  root_ = std::make_shared<const host::LayerInfo>(layer_info(*graph_->root));  // with the weights whose shapes became known
}

// A model that Keras cannot build from what its layers claim has no table of Keras's; then the true shapes serve best.
std::map<std::string, LayerOutputs> KerasModel::shown_shapes() const {
  if (purpose_ == Purpose::describe) return shapes_;
  std::vector<UnsupportedError::Item> refusals;
  try {
    const Lowered claimed = probed(probe_sizes_, refusals, true);
    return refusals.empty() ? claimed.by_path : shapes_;
  } catch (const ModelError&) {
    return shapes_;
  } catch (const UsageError&) {
    return shapes_;
  }
}

TensorSpec KerasModel::spec_of(const std::string& name, const Shape& shape, DType dtype) const {
  TensorSpec spec{name, dtype, {}};
  for (const Dim& dim : shape) spec.shape.push_back(dim.varies ? std::nullopt : std::optional(dim.size));
  return spec;
}

void KerasModel::describe(const Lowered& result) {
  if (root_ != nullptr) return;  // the second probe: described as saved
  const std::vector<std::string> names = in_order_of_predict(graph_->root->network->output_names, *graph_->root->network);
  for (size_t i = 0; i < result.outputs.size(); ++i) {
    const host::ValueInfo& info = result.graph.info(result.outputs[i].value);
    outputs_.push_back(spec_of(names[i], info.shape, info.dtype));
  }
  shapes_ = result.by_path;
  keeps_states_ = !result.graph.states.empty();
  root_ = std::make_shared<const host::LayerInfo>(layer_info(*graph_->root));
}

// A layer is named as Keras's get_layer does, or by its path inside nested models.
std::string KerasModel::path_of(const std::string& layer) const {
  if (shapes_.contains(layer)) return layer;
  std::vector<std::string> names;
  for (const SharedLayer& candidate : graph_->root->network->layers) {
    if (candidate->name == layer && shapes_.contains(candidate->path)) return candidate->path;
    names.push_back(candidate->name);
  }
  throw UsageError("the model has no layer \"" + layer + "\" that is called; it has " + join(names));
}

std::shared_ptr<const host::ModelSource> KerasModel::with_outputs(const std::vector<std::string>& layers) const {
  if (layers.empty()) throw UsageError("with_outputs needs the name of one layer at least");
  auto copy = std::make_shared<KerasModel>(*this);
  copy->selected_.clear();
  copy->outputs_.clear();
  std::vector<std::string> names;
  for (const std::string& layer : layers) {
    const std::string path = path_of(layer);
    copy->selected_.push_back(path);
    names.insert(names.end(), shapes_.at(path).shapes.size(), layer);
  }
  names = unique_names(std::move(names));
  for (const std::string& path : copy->selected_) {
    const LayerOutputs& outputs = shapes_.at(path);
    for (size_t i = 0; i < outputs.shapes.size(); ++i) {
      copy->outputs_.push_back(spec_of(names[copy->outputs_.size()], outputs.shapes[i], outputs.dtypes[i]));
    }
  }
  return copy;
}

}  // namespace keraunos::loader
