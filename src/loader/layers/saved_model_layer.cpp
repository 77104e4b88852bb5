// keras.layers.TFSMLayer of Keras 3: a function of a SavedModel as a layer. The config holds the SavedModel's path only. Keras
// 3.15 computes with the variables in the SavedModel; those that a .keras file holds for the layer are copies that the function
// does not read, so they are not read here either.
#include "loader/tf/saved_model_layer.h"

#include <algorithm>
#include <numeric>

#include "keraunos/error.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/table.h"

namespace keraunos::loader {

std::vector<LayerDef> saved_model_layer_layers();

namespace {

constexpr const char *kFunction = "function", *kPath = "filepath", *kEndpoint = "call_endpoint";

// One tensor, or one for each key of a dictionary. The order of a list's tensors is not in the signature, which sorts its inputs
// by name.
std::vector<Traced> inputs_of(const Lowering& l, const ServingSignature& signature) {
  const auto& ports = signature.inputs;
  const std::string function =
      "calls the function \"" + signature.name + "\", which takes " + std::to_string(ports.size()) + " tensors";
  const auto* members = l.arguments().empty() ? nullptr : std::get_if<Arg::Members>(&l.arguments()[0].value);
  if (members == nullptr) {
    std::vector<Traced> given = l.inputs();
    if (given.size() != ports.size()) l.refuse(function + ", with " + std::to_string(given.size()));
    if (given.size() > 1) l.refuse(function + ", with a list, whose order the SavedModel does not state");
    return given;
  }
  std::vector<Traced> inputs;
  for (const SignaturePort& port : ports) {
    const auto found = std::ranges::find(*members, port.key, &Arg::Member::name);
    if (found == members->end() || found->value.tensor() == nullptr) l.refuse(function + ", without \"" + port.key + '"');
    inputs.push_back(*found->value.tensor());
  }
  if (members->size() != ports.size()) l.refuse(function + ", with " + std::to_string(members->size()));
  return inputs;
}

// A signature names the items of a list output_0, output_1, …, and sorts the names, so that output_10 comes before output_2. If
// the function is an attribute of the SavedModel, as after model.export(), Keras calls it directly and gets the list.
void restore_order(const Lowering& l, const ServingSignature& signature, std::vector<Traced>& results) {
  constexpr std::string_view kItem = "output_";
  const auto& ports = signature.outputs;
  if (results.size() <= 10 || signature.name == "serving_default") return;
  if (!std::ranges::all_of(ports, [&](const SignaturePort& port) { return port.key.starts_with(kItem); })) return;
  if (signature.name != "serve") l.refuse("calls the function \"" + signature.name + "\", whose results have no known order");
  std::vector<size_t> order(results.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(ports[i].key.size(), ports[i].key); });
  std::vector<Traced> sorted;
  for (const size_t i : order) sorted.push_back(results[i]);
  results = std::move(sorted);
}

std::vector<Traced> saved_model_layer(Lowering& l) {
  // open_saved_models() has made and stored it.
  const auto model = l.once(kFunction, [] { return FunctionModel{}; });
  std::vector<Traced> results = lower_function(l, *model, inputs_of(l, model->signature));
  restore_order(l, model->signature, results);
  return results;
}

void open(LayerInstance& layer, const files::SharedBudget& budget) {
  const Config config(*layer.config, layer.described());
  if (!config.has(kPath)) config.fail(kPath, "the path of a SavedModel");
  const std::string path = config.text(kPath, ""), endpoint = config.text(kEndpoint, "serve");
  try {
    const auto model = read_function_model(path, endpoint, budget);
    layer.weights = model->weights;
    layer.weight_is_optional.assign(layer.weights.size(), false);
    layer.kept->objects[kFunction] = model;
  } catch (const ModelError& error) {
    throw ModelError(layer.described() + " calls the function \"" + endpoint + "\" of the SavedModel \"" + path +
                     "\", counted from the current folder: " + error.what());
  }
}

}  // namespace

std::vector<LayerDef> saved_model_layer_layers() {
  return {{.classes = {"TFSMLayer"},
           .keys = {kPath, kEndpoint, "call_training_endpoint"},
           .lower = saved_model_layer,
           .autocast = false,
           .traits = std::make_shared<const LayerTraits>(LayerTraits{.reads_other_files = true})}};
}

void open_saved_models(LayerGraph& graph) {
  visit_layers(graph.root, [&](LayerInstance& layer) {
    const bool opens = layer.def != nullptr && layer.def->traits != nullptr && layer.def->traits->reads_other_files;
    if (opens && layer.refusal.empty()) open(layer, graph.budget);
  });
}

}  // namespace keraunos::loader
