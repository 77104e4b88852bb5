// What evaluate() computes for each batch: the losses and metrics of the file, each with the output that it is for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loader/evaluate/metrics.h"
#include "loader/keras/layer_graph.h"

namespace keraunos::loader {

/// An output as the first batch shows it; accuracy and crossentropy have the form that fits it.
struct ScoredShape {
  std::string name;
  std::vector<int64_t> truth, prediction;  ///< dims; of the truth none where there is no target
  bool has_truth = false;
};

struct ScoredLoss {
  size_t output = 0;
  Loss loss;
  std::optional<double> weight{};
  std::string shown;  ///< "score_loss"
};

struct ScoredMetric {
  size_t output = 0;
  std::string name;   ///< Keras's own name of it
  std::string shown;  ///< with the output's where there are several
  bool weighted = false;
  std::shared_ptr<Metric> metric;
};

/// UnsupportedError for what is not Keras's own; UsageError where what the file lists does not fit the outputs, or a target is
/// missing.
std::vector<ScoredLoss> losses_for(const LayerGraph& graph, const std::vector<ScoredShape>& outputs);
std::vector<ScoredMetric> metrics_for(const LayerGraph& graph, const std::vector<ScoredShape>& outputs);

/// What regularisers of weights add to the loss. UnsupportedError where a layer adds losses that cannot be counted.
double regularisation_of(const LayerGraph& graph);

}  // namespace keraunos::loader
