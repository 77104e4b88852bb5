#include "loader/evaluate/custom.h"

#include <algorithm>

#include "host/run/session_state.h"
#include "keraunos/error.h"
#include "loader/evaluate/predicted.h"
#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/keras_model.h"

namespace keraunos::loader {
namespace {

constexpr const char* kWeight = "sample_weight";

TensorSpec spec_of(const char* name, const Array& array, DType type) {
  TensorSpec spec{name, type, {}};
  for (const int64_t extent : array.dims) spec.shape.push_back(extent);
  if (!spec.shape.empty()) spec.shape[0].reset();
  return spec;
}

// A model of one layer, whose arguments are the targets, the predictions and, as a keyword, the weights.
std::shared_ptr<LayerGraph> graph_around(const SharedLayer& layer, const std::vector<TensorSpec>& inputs,
                                         const LayerGraph& of_model) {
  auto network = std::make_shared<Network>();
  network->class_name = kFunctional;
  network->layers = {layer};
  Call call{.layer = 0, .occurrence = 0, .arguments = {}, .keywords = {}};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int index = static_cast<int>(i);
    network->inputs.push_back({.call = index, .name = inputs[i].name, .dtype = inputs[i].dtype, .shape = inputs[i].shape});
    network->calls.push_back({.layer = -1, .occurrence = 0, .arguments = {}, .keywords = {}});
    network->sources.push_back({index, 0, nullptr});
    Arg argument{Traced{Value{index}, {}}};
    if (inputs[i].name == kWeight)
      call.keywords.push_back({kWeight, std::move(argument)});
    else
      call.arguments.push_back(std::move(argument));
  }
  network->calls.push_back(std::move(call));
  network->outputs.push_back(static_cast<int>(network->sources.size()));
  network->sources.push_back({static_cast<int>(inputs.size()), 0, nullptr});
  network->output_names.push_back(layer->name);
  auto graph = std::make_shared<LayerGraph>();
  graph->file = graph->weights_file = of_model.file;
  graph->dialect = of_model.dialect;
  graph->budget = of_model.budget;
  graph->root = std::make_shared<LayerInstance>();
  graph->root->name = graph->root->path = layer->name;
  graph->root->class_name = kFunctional;
  graph->root->config = layer->config;
  graph->root->is_root = true;
  graph->root->children = network->layers;
  graph->root->network = network;
  return graph;
}

SharedLayer layer_of(const SavedObject& object, const Comparison& comparison, DType type) {
  auto def = std::make_shared<LayerDef>();
  def->autocast = false;
  def->lower = [comparison](Lowering& l) -> std::vector<Traced> {
    const auto argument = [&](size_t i) { return l.arguments().at(i).tensor()->value; };
    return {{comparison(l, argument(0), argument(1)), {}}};
  };
  auto layer = std::make_shared<LayerInstance>();
  layer->name = layer->path = object.name;
  layer->class_name = "of CustomObjects";
  layer->config = std::make_shared<const files::Json>(object.config != nullptr ? *object.config : files::Json::object());
  layer->policy = {.name = std::string(name_of(type)), .compute = type, .variable = type};
  layer->def = std::move(def);
  return layer;
}

Tensor tensor_of(const Array& array, DType type) {
  Tensor tensor(type, Dims(array.dims));
  for (size_t i = 0; i < array.at.size(); ++i) {
    if (type == DType::float64)
      tensor.mutable_values<double>()[i] = array.at[i];
    else
      tensor.mutable_values<float>()[i] = static_cast<float>(array.at[i]);
  }
  return tensor;
}

/// Runs one comparison. States last as long as the object.
class CustomRun {
 public:
  CustomRun(const CustomScope& scope, const SavedObject& object, const Comparison& comparison, DType type)
      : scope_(scope), layer_(layer_of(object, comparison, type)), type_(type) {}

  Array operator()(const Array& truth, const Array& prediction, const std::optional<Array>& weight) {
    std::vector<const Array*> arrays{&truth, &prediction};
    if (weight) arrays.push_back(&*weight);
    if (session_ == nullptr) open(arrays);
    std::vector<Tensor> given;
    for (const Array* array : arrays) given.push_back(tensor_of(*array, type_));
    session_->start(std::vector<TensorView>(given.begin(), given.end()));
    try {
      const TensorType type = session_->outputs()[0].type;
      Tensor result(type.dtype, type.dims);
      const MutableView room[] = {result.mutable_view()};
      session_->finish(room);
      return array_of(result);
    } catch (...) {
      session_->abandon();
      throw;
    }
  }

 private:
  void open(const std::vector<const Array*>& arrays) {
    constexpr const char* kNames[] = {"y_true", "y_pred", kWeight};
    std::vector<TensorSpec> inputs;
    for (size_t i = 0; i < arrays.size(); ++i) inputs.push_back(spec_of(kNames[i], *arrays[i], type_));
    state_ = scope_.model.with_source(std::make_shared<KerasModel>(graph_around(layer_, inputs, scope_.graph), scope_.objects));
    session_ = std::make_unique<host::SessionState>(*state_, nullptr);
  }

  const CustomScope scope_;
  SharedLayer layer_;
  DType type_;
  std::shared_ptr<const host::ModelState> state_;
  std::unique_ptr<host::SessionState> session_;
};

class CustomMetric final : public Metric {
 public:
  explicit CustomMetric(CustomRun run) : run_(std::move(run)) {}
  void update(const OutputBatch& batch) override { result_ = run_(batch.sides.truth, batch.sides.prediction, batch.weight); }
  Array result() const override { return result_; }

 private:
  CustomRun run_;
  Array result_;
};

}  // namespace

// Files of Keras 2 hold functions without their packages.
const Comparison* find_comparison(const NamedComparisons& registered, const SavedObject& object) {
  for (const std::string& wanted : {object.registered, object.name}) {
    for (const auto& [name, comparison] : registered) {
      if (!wanted.empty() && (name == wanted || after_package(name) == wanted)) return &comparison;
    }
  }
  return nullptr;
}

Measure custom_measure(const CustomScope& scope, const SavedObject& object, const Comparison& comparison, DType type) {
  const auto run = std::make_shared<CustomRun>(scope, object, comparison, type);
  return [run](const Sides& sides, const Config&) { return Values{(*run)(sides.truth, sides.prediction, {}), {}}; };
}

std::unique_ptr<Metric> custom_metric(const CustomScope& scope, const SavedObject& object, const Comparison& comparison,
                                      DType type) {
  return std::make_unique<CustomMetric>(CustomRun(scope, object, comparison, type));
}

}  // namespace keraunos::loader
