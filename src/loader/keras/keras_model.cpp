#include "loader/keras/keras_model.h"

#include <algorithm>

#include "host/model/model_state.h"
#include "loader/evaluate/compiled.h"
#include "loader/evaluate/scored_outputs.h"
#include "loader/keras/layer_info.h"
#include "loader/keras/lowered_model.h"
#include "loader/keras/precision.h"
#include "loader/keras/reader.h"
#include "loader/keras/weight_order.h"
#include "loader/saving/save_model.h"

namespace keraunos::loader {

namespace {

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + '"';
  return text;
}

}  // namespace

TensorSpec spec_of_input(const NetworkInput& input) {
  return {input.key.empty() ? input.name : input.key, input.dtype, input.shape.value_or(std::vector<std::optional<int64_t>>{}),
          input.key.empty() ? std::string() : input.name};
}

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
  probe();  // refuses layers that cannot run in that type
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
  if (scores_) lowerer.collect_added(result.added);
  if (purpose_ == Purpose::describe) lowerer.pass_over_errors();
  try {
    result.outputs = lowerer.lower(values);
  } catch (const host::SegmentEnd&) {
  }
  result.by_path = lowerer.outputs_by_path();
  if (graph.pending) {
    for (host::State& state : graph.states) state.after = {};  // only the last segment, which computes all again, keeps states
    result.outputs.clear();
    graph.end_complex();
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
  for (const ScoredOutput& further : scored_) {
    if (further.kind == ScoredOutput::loss || further.kind == ScoredOutput::metric) {
      graph.outputs.push_back(result.added[further.output].value);
      continue;
    }
    const Traced& output = result.outputs[further.output];
    graph.outputs.push_back(further.kind == ScoredOutput::mask ? output.mask : logits_of(graph, output.value));
  }
  graph.end_complex();
  return result;
}

host::Graph KerasModel::lower(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const {
  if (purpose_ == Purpose::describe) throw_refusals(graph_->file, refusals_);
  return std::move(lowered(inputs, known, nullptr).graph);
}

// A model that Keras cannot build from the claimed shapes has no summary in Keras; the true shapes are used then.
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
  if (root_ != nullptr) return;  // the second probe: the description stays as saved
  const std::vector<std::string> names = in_order_of_predict(graph_->root->network->output_names, *graph_->root->network);
  for (size_t i = 0; i < result.outputs.size(); ++i) {
    const host::ValueInfo& info = result.graph.info(result.outputs[i].value);
    outputs_.push_back(spec_of(names[i], info.shape, info.dtype));
  }
  shapes_ = result.by_path;
  keeps_states_ = !result.graph.states.empty();
  root_ = std::make_shared<const host::LayerInfo>(layer_info(*graph_->root));
}

// A layer is named as in Keras's get_layer, or by its path inside nested models.
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
  names = unique_names(names);
  for (const std::string& path : copy->selected_) {
    const LayerOutputs& outputs = shapes_.at(path);
    for (size_t i = 0; i < outputs.shapes.size(); ++i) {
      copy->outputs_.push_back(spec_of(names[copy->outputs_.size()], outputs.shapes[i], outputs.dtypes[i]));
    }
  }
  return copy;
}

// A model from with_outputs() is only a part of the file's model.
void KerasModel::require_whole(const char* function, const char* what) const {
  if (!selected_.empty())
    throw UsageError(std::string(function) + ' ' + what +
                     ", and this one was made by with_outputs(); call it of the model that was loaded");
}

// Makes the same model with other weights of the same shapes.
std::shared_ptr<KerasModel> KerasModel::over(std::shared_ptr<const LayerGraph> graph) const {
  auto copy = std::make_shared<KerasModel>(*this);
  copy->graph_ = std::move(graph);
  copy->root_ = std::make_shared<const host::LayerInfo>(layer_info(*copy->graph_->root));
  return copy;
}

std::shared_ptr<const host::ModelSource> KerasModel::load_weights(const std::filesystem::path& weights,
                                                                  const LoadWeightsOptions& options) const {
  require_whole("load_weights()", "reads a whole model's weights");
  if (!reload_) throw UsageError(graph_->file + " is read as a function of TensorFlow, which has its own variables");
  if (!options.by_name && !options.skip_mismatch) return reload_(weights);
  const std::shared_ptr<LayerGraph> graph = copy_of(*graph_);
  read_into_(*graph, weights, options);
  return over(graph);
}

std::vector<TensorSpec> KerasModel::weights(std::string_view layer) const { return weights_in_order(*graph_, layer); }

std::shared_ptr<const host::ModelSource> KerasModel::set_weights(std::span<const TensorView> weights,
                                                                 std::string_view layer) const {
  require_whole("set_weights()", "sets a whole model's weights");
  if (!reload_) throw UsageError(graph_->file + " is read as a function of TensorFlow, which has its own variables");
  return over(with_weights(*graph_, weights, layer));
}

Named KerasModel::optimizer_variables() const {
  Named named;
  if (!graph_->read_optimizer) return named;
  for (const auto& [name, tensor] : graph_->read_optimizer())
    named.emplace_back(name.starts_with("vars/") ? name.substr(5) : name, tensor->clone());
  return named;
}

void KerasModel::save(const std::shared_ptr<const host::ModelState>& model, const std::filesystem::path& path,
                      const SaveOptions& options) const {
  require_whole("save()", "writes a whole model");
  save_model(*graph_, {.outputs = shapes_, .custom = custom_, .sizes = probe_sizes_}, host::Handles::of(model), path, options);
}

std::optional<host::Compiled> KerasModel::compiled() const {
  return graph_->compilation ? std::optional(compiled_of(*graph_->compilation)) : std::nullopt;
}

}  // namespace keraunos::loader
