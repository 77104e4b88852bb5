// Implements inspect MODEL --html FILE.
#include <fstream>
#include <iostream>

#include "cli/commands.h"
#include "cli/html/layer_graph_json.h"
#include "cli/html/page.h"
#include "host/model/model_state.h"
#include "loader/files/npy.h"
#include "loader/plan_json.h"

namespace keraunos::cli {
namespace {

using files::Json;

Json ports_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const TensorSpec& spec : specs) list.push_back(Json::object({{"name", spec.name}, {"type", spec.to_string()}}));
  return list;
}

// Counts each layer object once, even if several models share it; for a layer that cannot run, its elements in the file.
int64_t parameters_of_all(const loader::LayerGraph& graph) {
  int64_t count = 0;
  loader::visit_layers(graph.root, [&](const loader::LayerInstance& layer) {
    if (!layer.refusal.empty()) count += layer.saved_parameters.value_or(0);
    for (const host::WeightInfo& weight : layer.weights) count += weight.tensor == nullptr ? 0 : weight.tensor->dims().elements();
  });
  return count;
}

Json page_data(const std::string& file, const loader::KerasModel& model) {
  Json refusals = Json::array();
  for (const UnsupportedError::Item& item : model.refusals()) refusals.push_back(item_json(item));
  Json data = layer_graph_json(model);
  data.set("name", model.name());
  data.set("file", std::filesystem::path(file).lexically_normal().filename().string());
  data.set("keras_version", model.graph().keras_version);
  data.set("parameters", parameters_of_all(model.graph()));
  data.set("inputs", ports_json(model.inputs()));
  data.set("outputs", ports_json(model.outputs()));
  data.set("refusals", std::move(refusals));
  data.set("plan", Json());
  data.set("times", Json());
  return data;
}

void add_plan(Json& data, const PlanDescription& plan) {
  Json live = Json::array();
  for (const int64_t bytes : live_bytes(plan)) live.push_back(bytes);
  data.set("plan", loader::plan_json(plan));
  data.set("live_bytes", std::move(live));
}

void add_times(Json& data, const Profile& profile) {
  Json times = Json::array();
  for (const StepTime& time : profile.steps)
    times.push_back(Json::object({{"median_ns", time.median_ns}, {"executions", time.executions}}));
  data.set("times", std::move(times));
  data.set("runs", int64_t{profile.runs});
  data.set("untimed_ns", profile.untimed.median_ns);
}

Json data_of(const InspectCommand& command, const Model& model) {
  const auto& source = dynamic_cast<const loader::KerasModel&>(host::Handles::state(model).source());
  Json data = page_data(command.model, source);
  const Named arrays = arrays_or_random(command, model, command.inputs, command.batch);
  const NamedViews inputs = inputs_for(model, arrays, command.inputs);
  if (command.measure) {
    const Profile profile = profiled(model, inputs, {});
    add_plan(data, profile.plan);
    add_times(data, profile);
    return data;
  }
  std::vector<Dims> dims;
  for (const auto& [name, view] : inputs) dims.push_back(view.dims);
  add_plan(data, model.describe_plan(dims));
  return data;
}

}  // namespace

int inspect_as_page(const InspectCommand& command) {
  files::refuse_unwritable(command.html);
  Json data;
  try {
    data = data_of(command, command.load());
  } catch (const UnsupportedError&) {
    data = page_data(command.model, *loader::describe_model(command.source()));
    note("keraunos: the model cannot run; the page says why, and has no plan");
  }
  std::ofstream out(command.html, std::ios::binary);
  out << html_page(data["name"].as_string() + " – keraunos", data);
  if (!out.flush()) throw UsageError("'" + command.html + "' cannot be written");
  if (command.json)
    std::cout << Json::object({{"written", command.html}}).dump() << '\n';
  else
    note("keraunos: wrote '" + command.html + "'");
  return 0;
}

}  // namespace keraunos::cli
