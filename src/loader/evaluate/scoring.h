// The losses and metrics of the file, each with its output, that evaluate() computes for each batch.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loader/evaluate/custom.h"

namespace keraunos::loader {

/// An output as in the first batch; accuracy and crossentropy are chosen by its shape.
struct ScoredShape {
  std::string name;
  std::vector<int64_t> truth, prediction;  ///< dims; empty truth: there is no target
  bool has_truth = false;
  DType type = DType::float32;  ///< in which custom losses and metrics compute
};

struct ScoredLoss {
  size_t output = 0;
  Loss loss;
  std::optional<double> weight{};
  std::string shown;  ///< "score_loss"
};

struct ScoredMetric {
  size_t output = 0;
  std::string name;   ///< Keras's name of the metric
  std::string shown;  ///< with the output's name where there are several
  bool weighted = false;
  std::shared_ptr<Metric> metric;
};

/// UnsupportedError for losses and metrics that are not known; UsageError where the file's list does not fit the outputs, or a
/// target is missing.
std::vector<ScoredLoss> losses_for(const CustomScope& scope, const std::vector<ScoredShape>& outputs);
std::vector<ScoredMetric> metrics_for(const CustomScope& scope, const std::vector<ScoredShape>& outputs);

/// The sum of the weights' regularisers, which is added to the loss. UnsupportedError where a layer adds losses that cannot be
/// computed.
double regularisation_of(const LayerGraph& graph);

}  // namespace keraunos::loader
