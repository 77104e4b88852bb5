// Metrics: state that is accumulated over batches. One family in each file; the table of classes is in metrics.cpp.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loader/evaluate/losses.h"

namespace keraunos::loader {

/// The state of one metric during an evaluation.
class Metric {
 public:
  virtual ~Metric() = default;
  /// `batch.weight`: the sample weights of a weighted metric; in Keras 2 multiplied by the mask.
  virtual void update(const OutputBatch& batch) = 0;
  /// Rank 0, or rank 1 for several numbers.
  virtual Array result() const = 0;
};

using MakeMetric = std::unique_ptr<Metric> (*)(const Config& arguments, int keras);

struct MetricRow {
  std::string_view class_name;
  MakeMetric make;
};

std::span<const MetricRow> confusion_metrics();
std::span<const MetricRow> curve_metrics();
std::span<const MetricRow> overlap_metrics();
std::span<const MetricRow> score_metrics();
std::span<const MetricRow> mean_metrics();

/// The mean of a function's values; Keras does this with every function that is used as a metric.
std::unique_ptr<Metric> mean_of(Measure function, const Config& arguments, int keras);

/// A metric class; nullptr where there is none of this name.
std::unique_ptr<Metric> make_metric(std::string_view class_name, const Config& arguments, int keras);
/// Names of the classes of losses and metrics, for tests.
std::vector<std::string> metric_class_names();
std::vector<std::string> loss_class_names();

inline double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

}  // namespace keraunos::loader
