// Bodies of model.h, except load_model(), which the loader defines.
#include "keraunos/model.h"

#include <algorithm>

#include "host/api/out_of_memory.h"
#include "host/model/model_state.h"
#include "host/plan/describe_plan.h"
#include "host/run/predict.h"
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

template <class Specs>
std::string names_of(const Specs& specs) {
  std::string names;
  for (const auto& spec : specs) names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
  return names;
}

}  // namespace

CustomObjects& CustomObjects::layer(LayerDef definition) {
  layers.push_back(std::make_shared<const LayerDef>(std::move(definition)));
  return *this;
}

CustomObjects& CustomObjects::function(std::string name, std::function<Value(Builder&, Value)> lower) {
  functions.emplace_back(std::move(name), std::move(lower));
  return *this;
}

CustomObjects& CustomObjects::replace(std::string layer_name, LayerDef definition) {
  replacements.emplace_back(std::move(layer_name), std::make_shared<const LayerDef>(std::move(definition)));
  return *this;
}

CustomObjects& CustomObjects::loss(std::string name, Comparison values) {
  losses.emplace_back(std::move(name), std::move(values));
  return *this;
}

CustomObjects& CustomObjects::metric(std::string name, Comparison values) {
  metrics.emplace_back(std::move(name), std::move(values));
  return *this;
}

CustomObjects& CustomObjects::stateful_metric(std::string name, Comparison result) {
  stateful_metrics.emplace_back(std::move(name), std::move(result));
  return *this;
}

std::string TensorSpec::to_string() const {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i] ? std::to_string(*shape[i]) : std::string("None"));
  return text + (shape.size() == 1 ? ",) " : ") ") + std::string(name_of(dtype));
}

Tensor Model::predict(const TensorView& input, const PredictOptions& options) const {
  const auto& outputs = state_->source().outputs();
  if (state_->source().inputs().size() != 1) {
    throw UsageError("the model has several inputs (" + names_of(state_->source().inputs()) + "): pass them by name");
  }
  if (outputs.size() != 1) {
    throw UsageError("the model has several outputs (" + names_of(outputs) + "): call predict with named inputs to get them all");
  }
  host::Scratch scratch;
  Tensor result;
  host::predict(*state_, host::conformed(*state_, {&input, 1}, scratch), options, {&result, 1});
  return result;
}

Named Model::predict(const NamedViews& inputs, const PredictOptions& options) const {
  host::Scratch scratch;
  const auto& outputs = state_->source().outputs();
  auto results = scratch.list<Tensor>(outputs.size());
  results.resize(outputs.size());
  host::predict(*state_, host::conformed(*state_, host::in_order(*state_, inputs, scratch), scratch), options, results);
  Named named;
  named.reserve(outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) named.emplace_back(outputs[i].name, std::move(results[i]));
  return named;
}

Named Model::evaluate(const NamedViews& inputs, const NamedViews& targets, const EvaluateOptions& options) const {
  host::Scratch scratch;
  return state_->source().evaluate(*state_, host::in_order(*state_, inputs, scratch), targets, options);
}

Named Model::evaluate(const TensorView& input, const TensorView& target, const EvaluateOptions& options) const {
  const auto& inputs = state_->source().inputs();
  const auto& outputs = state_->source().outputs();
  if (inputs.size() != 1 || outputs.size() != 1) {
    throw UsageError("evaluate() with one array each is for models of one input and one output: pass inputs (" +
                     names_of(inputs) + ") and targets (" + names_of(outputs) + ") by name");
  }
  return state_->source().evaluate(*state_, {&input, 1}, {{outputs[0].name, target}}, options);
}

bool Model::compiled() const { return state_->source().compiled().has_value(); }
std::vector<CompiledPart> Model::loss() const { return state_->source().compiled().value_or(host::Compiled{}).losses; }
std::vector<CompiledPart> Model::metrics() const { return state_->source().compiled().value_or(host::Compiled{}).metrics; }
std::optional<CompiledOptimizer> Model::optimizer() const {
  return state_->source().compiled().value_or(host::Compiled{}).optimizer;
}

std::vector<TensorSpec> Model::inputs() const { return state_->source().inputs(); }
std::vector<TensorSpec> Model::outputs() const { return state_->source().outputs(); }
std::string Model::name() const { return state_->source().name(); }
Device Model::device() const { return state_->device()->id(); }
std::string Model::summary(int width) const { return state_->source().summary(width); }
Model Model::load_weights(const std::filesystem::path& weights, const LoadWeightsOptions& options) const {
  return host::with_memory_to("load these weights",
                              [&] { return Model(state_->with_weights(state_->source().load_weights(weights, options))); });
}
std::vector<TensorSpec> Model::weights(std::string_view layer) const {
  return state_->source().weights(layer.empty() ? std::string() : get_layer(layer).path());
}
Model Model::set_weights(std::span<const TensorView> weights, std::string_view layer) const {
  const std::string path = layer.empty() ? std::string() : get_layer(layer).path();
  return host::with_memory_to("copy these weights",
                              [&] { return Model(state_->with_source(state_->source().set_weights(weights, path))); });
}
Named Model::optimizer_variables() const { return state_->source().optimizer_variables(); }
void Model::save(const std::filesystem::path& path, const SaveOptions& options) const {
  state_->source().save(state_, path, options);
}
Session Model::session() const { return Session(state_); }
void Model::trim() const { state_->trim(); }
MemoryUse Model::memory() const { return state_->memory(); }
Model Model::with_outputs(const std::vector<std::string>& layers) const { return Model(state_->with_outputs(layers)); }

PlanDescription Model::describe_plan(std::span<const Dims> inputs) const {
  const std::vector<TensorType> types = host::types_for(*state_, inputs);
  const int64_t rows = types.empty() || types[0].dims.rank() == 0 ? 1 : types[0].dims[0];
  const host::Cut cut = host::cut_for(*state_, types);
  const auto plan = host::with_memory_to("plan this call; try smaller shapes", [&] { return state_->plan_for(types); });
  PlanDescription described = host::describe(*plan);
  described.device = state_->device()->name();
  described.rows = rows, described.rows_at_a_time = std::min(cut.rows, rows);
  described.side_by_side = cut.rows < rows && cut.side_by_side && state_->device()->threads() > 1;
  for (size_t i = 0; i < state_->source().inputs().size(); ++i) described.inputs[i].name = state_->source().inputs()[i].name;
  for (size_t i = 0; !plan->pending && i < described.outputs.size(); ++i)
    described.outputs[i].name = state_->source().outputs()[i].name;
  return described;
}

std::string Model::plan(std::span<const Dims> inputs) const { return to_string(describe_plan(inputs)); }

}  // namespace keraunos
