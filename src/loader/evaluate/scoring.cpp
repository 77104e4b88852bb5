#include "loader/evaluate/scoring.h"

#include <algorithm>
#include <map>

#include "keraunos/error.h"
#include "loader/evaluate/by_output.h"
#include "loader/evaluate/compiled.h"
#include "loader/keras/snake_case.h"

namespace keraunos::loader {
namespace {

using files::Json;

const Json& no_arguments() {
  static const Json kNone = Json::object();
  return kNone;
}

std::vector<std::string> names_of(const std::vector<ScoredShape>& outputs) {
  std::vector<std::string> names;
  for (const ScoredShape& output : outputs) names.push_back(output.name);
  return names;
}

[[noreturn]] void refuse(const LayerGraph& graph, const char* kind, const std::string& name, const char* reason) {
  throw UnsupportedError(graph.file + ": the model was compiled with the " + kind + " \"" + name + "\", which " + reason +
                             "; predict() works without it, evaluate() does not",
                         {{"", name, reason}});
}

constexpr const char* kNotKeras =
    "is none of Keras's own; register it with CustomObjects::loss, metric or stateful_metric when the model is loaded";

// Keras's own losses and metrics have no package in a file.
bool is_own(const SavedObject& object) { return object.is_custom || object.registered.find('>') != std::string::npos; }

// "accuracy" and "crossentropy" each stand for one of three functions, depending on the shapes.
std::string by_shape(const std::string& what, const ScoredShape& output) {
  const int64_t truth = output.truth.empty() ? 1 : output.truth.back(),
                prediction = output.prediction.empty() ? 1 : output.prediction.back();
  if (prediction == 1) return "binary_" + what;
  const bool sparse = output.truth.size() < output.prediction.size() || (truth == 1 && prediction > 1);
  return (sparse ? "sparse_categorical_" : "categorical_") + what;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Loss loss_of(const CustomScope& scope, const Json& json, const ScoredShape& output) {
  const LayerGraph& graph = scope.graph;
  const SavedObject object = unwrapped(*object_in(json));
  const Json& config = object.config != nullptr ? *object.config : no_arguments();
  Loss loss{.name = object.name, .measure = {}, .arguments = Config(config, "the loss \"" + object.name + '"')};
  const Comparison* own = find_comparison(scope.objects.losses, object);
  if (own == nullptr && is_own(object)) refuse(graph, "loss", object.name, kNotKeras);
  std::string function = object.name;
  const std::vector<std::string> classes = loss_class_names();
  if (std::find(classes.begin(), classes.end(), function) != classes.end()) function = function_of_class(function);
  if (graph.dialect.major > 2 && (lower(function) == "crossentropy" || lower(function) == "ce"))
    function = by_shape("crossentropy", output);
  const FunctionRow* row = find_function(function, false);
  if (own != nullptr) {
    loss.measure = custom_measure(scope, object, *own, output.type);
    loss.fits_ranks = object.is_function || object.is_text;
  } else if (row != nullptr) {
    loss.measure = row->compute;
  } else {
    refuse(graph, "loss", object.name, kNotKeras);
  }
  const Json* reduction = config.find("reduction");
  if (reduction != nullptr && reduction->is_null()) loss.reduction = "none";
  if (reduction != nullptr && reduction->is_string()) {
    loss.reduction =
        loss.arguments.text("reduction", "", {"auto", "none", "sum", "sum_over_batch_size", "mean", "mean_with_sample_weight"});
  }
  return loss;
}

void expect_target(const ScoredShape& output) {
  if (!output.has_truth)
    throw UsageError("evaluate() has no target for the output \"" + output.name + "\", which has a loss or a metric");
}

// The names of metrics in a file: Keras shows the full name of a function if it makes the function first.
struct NamedMetric {
  std::string name;
  std::shared_ptr<Metric> metric;
};

// The measure of a custom metric with its state; null where the caller registered none.
std::shared_ptr<Metric> custom_metric_of(const CustomScope& scope, const SavedObject& object, const Config& arguments,
                                         const ScoredShape& output, int keras) {
  if (const Comparison* values = find_comparison(scope.objects.metrics, object))
    return mean_of(custom_measure(scope, object, *values, output.type), arguments, keras);
  if (const Comparison* result = find_comparison(scope.objects.stateful_metrics, object))
    return custom_metric(scope, object, *result, output.type);
  return nullptr;
}

NamedMetric metric_of(const CustomScope& scope, const Json& json, const ScoredShape& output) {
  const LayerGraph& graph = scope.graph;
  const SavedObject object = *object_in(json), target = unwrapped(object);
  const int keras = graph.dialect.major > 2 ? 3 : 2;
  const Json& config = object.config != nullptr ? *object.config : no_arguments();
  const Config arguments(config, "the metric \"" + object.name + '"');
  std::shared_ptr<Metric> own = custom_metric_of(scope, target, arguments, output, keras);
  if (own == nullptr && is_own(target)) refuse(graph, "metric", target.name, kNotKeras);
  if (own == nullptr && (object.is_loss || config.find("reduction") != nullptr))
    refuse(graph, "metric", object.name, "is a loss, which is not counted as a metric yet");
  const Json* given = member_in(config, "name");
  NamedMetric named{given != nullptr && given->is_string() ? given->as_string() : snake_case(object.name), nullptr};
  std::string function = target.name;
  if (object.config == nullptr) {
    named.name = object.name;
    const std::string kind = lower(object.name);
    if (kind == "accuracy" || kind == "acc") function = by_shape("accuracy", output);
    if (keras == 2 && (kind == "crossentropy" || kind == "ce")) function = by_shape("crossentropy", output);
    const FunctionRow* row = find_function(function, true);
    const bool chosen_by_shape = function != object.name;
    if (own == nullptr && row != nullptr && graph.compilation->is_legacy && object.is_text && !chosen_by_shape)
      named.name = row->name.substr(row->name.rfind('.') + 1);
  }
  if (own != nullptr)
    named.metric = std::move(own);
  else if (const FunctionRow* row = find_function(function, true); row != nullptr)
    named.metric = mean_of(row->compute, arguments, keras);
  else
    named.metric = make_metric(function, arguments, keras);
  if (named.metric == nullptr) refuse(graph, "metric", object.name, kNotKeras);
  return named;
}

// Keras 2: with the output's name, unless the file holds the shown name.
void show_in_keras2(std::vector<ScoredMetric>& metrics, const std::vector<ScoredShape>& outputs, bool is_legacy) {
  std::map<std::string, int> shown;
  for (ScoredMetric& metric : metrics) {
    metric.shown = metric.name;
    if (is_legacy) continue;
    const std::string prefix = outputs.size() > 1 ? outputs[metric.output].name + '_' : std::string();
    metric.shown = prefix + metric.name;
    if (metric.weighted && shown.contains(metric.shown)) metric.shown = prefix + "weighted_" + metric.name;
    ++shown[metric.shown];
  }
}

void show_in_keras3(std::vector<ScoredMetric>& metrics, const std::vector<ScoredShape>& outputs) {
  std::map<std::string, int> shown;
  for (ScoredMetric& metric : metrics) {
    const std::string prefix = outputs.size() > 1 ? outputs[metric.output].name + '_' : std::string();
    metric.shown = prefix + metric.name;
    if (metric.weighted && shown.contains(metric.shown)) metric.shown = prefix + "weighted_" + metric.name;
    const int count = shown[metric.shown]++;
    if (count > 0) metric.shown += '_' + std::to_string(count);
  }
}

}  // namespace

std::vector<ScoredLoss> losses_for(const CustomScope& scope, const std::vector<ScoredShape>& outputs) {
  const LayerGraph& graph = scope.graph;
  const Json& config = *graph.compilation->config;
  const int keras = graph.dialect.major > 2 ? 3 : 2;
  const ByOutput losses = losses_by_output(member_in(config, "loss"), names_of(outputs), keras);
  const ByOutput weights = weights_by_output(member_in(config, "loss_weights"), names_of(outputs));
  std::vector<ScoredLoss> scored;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!losses[i].empty()) expect_target(outputs[i]);
    for (size_t k = 0; k < losses[i].size(); ++k) {
      ScoredLoss loss{
          .output = i, .loss = loss_of(scope, *losses[i][k], outputs[i]), .weight = {}, .shown = outputs[i].name + "_loss"};
      if (!weights[i].empty()) loss.weight = weights[i][std::min(k, weights[i].size() - 1)]->as_double();
      scored.push_back(std::move(loss));
    }
  }
  return scored;
}

std::vector<ScoredMetric> metrics_for(const CustomScope& scope, const std::vector<ScoredShape>& outputs) {
  const LayerGraph& graph = scope.graph;
  const Json& config = *graph.compilation->config;
  const int keras = graph.dialect.major > 2 ? 3 : 2;
  const ByOutput lists[] = {metrics_by_output(member_in(config, "metrics"), names_of(outputs), keras),
                            metrics_by_output(member_in(config, "weighted_metrics"), names_of(outputs), keras)};
  std::vector<ScoredMetric> metrics;
  const auto add = [&](size_t output, bool weighted) {
    for (const Json* json : lists[weighted ? 1 : 0][output]) {
      expect_target(outputs[output]);
      NamedMetric named = metric_of(scope, *json, outputs[output]);
      metrics.push_back({output, std::move(named.name), {}, weighted, std::move(named.metric)});
    }
  };
  for (size_t i = 0; i < outputs.size(); ++i) {
    add(i, false);
    if (keras == 2) add(i, true);
  }
  for (size_t i = 0; keras > 2 && i < outputs.size(); ++i) add(i, true);
  if (keras == 2)
    show_in_keras2(metrics, outputs, graph.compilation->is_legacy);
  else
    show_in_keras3(metrics, outputs);
  return metrics;
}

}  // namespace keraunos::loader
