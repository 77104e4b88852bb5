// The caller's losses and metrics (CustomObjects): each is lowered as a model of targets and predictions, which the device of the
// evaluated model runs batch by batch.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraunos/model.h"
#include "loader/evaluate/compiled.h"
#include "loader/evaluate/metrics.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::host {
class ModelState;
}

namespace keraunos::loader {

/// What the caller registered, and the model that is evaluated.
struct CustomScope {
  const CustomObjects& objects;
  const LayerGraph& graph;
  const host::ModelState& model;
};

using NamedComparisons = std::vector<std::pair<std::string, Comparison>>;

/// The comparison that is registered for a loss or metric of the file, by registered name or class name; nullptr: none.
const Comparison* find_comparison(const NamedComparisons& registered, const SavedObject& object);

/// A custom loss or metric with the file's arguments. `type`: of targets and predictions.
Measure custom_measure(const CustomScope& scope, const SavedObject& object, const Comparison& comparison, DType type);
std::unique_ptr<Metric> custom_metric(const CustomScope& scope, const SavedObject& object, const Comparison& comparison,
                                      DType type);

/// Refuses a file that was compiled with a custom loss or metric that the caller did not register, as Keras does.
void check_compilation(const LayerGraph& graph, const CustomObjects& objects);

}  // namespace keraunos::loader
