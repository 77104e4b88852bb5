// Counts, precision and recall at thresholds, and the best of one measure where another reaches a given value.
#include <algorithm>
#include <array>

#include "loader/evaluate/confusion.h"

namespace keraunos::loader {
namespace {

constexpr double kNoThreshold = -1e10;  // Keras's, where the largest scores are all positive
constexpr Range kThresholds{1, 1'000'000};

using Counts = std::vector<double> Confusion::*;

Array listed(const std::vector<double>& values) {
  return values.size() == 1 ? Array::number(values[0]) : Array{{static_cast<int64_t>(values.size())}, values};
}

std::vector<double> or_zeros(const std::vector<double>& counts, size_t size) {
  return counts.empty() ? std::vector<double>(size, 0) : counts;
}

std::vector<double> ratios(const Confusion& c, Counts part, Counts other) {
  const std::vector<double> a = or_zeros(c.*part, c.thresholds()), b = or_zeros(c.*other, c.thresholds());
  std::vector<double> result;
  for (size_t i = 0; i < a.size(); ++i) result.push_back(ratio(a[i], a[i] + b[i]));
  return result;
}

std::vector<double> precisions(const Confusion& c) { return ratios(c, &Confusion::true_positives, &Confusion::false_positives); }
std::vector<double> recalls(const Confusion& c) { return ratios(c, &Confusion::true_positives, &Confusion::false_negatives); }
std::vector<double> specificities(const Confusion& c) {
  return ratios(c, &Confusion::true_negatives, &Confusion::false_positives);
}

using Quotient = std::vector<double> (*)(const Confusion&);

class AtThresholds final : public Metric {
 public:
  AtThresholds(Confusion confusion, Quotient measure) : confusion_(std::move(confusion)), measure_(measure) {}
  void update(const OutputBatch& batch) override { confusion_.update(batch); }
  Array result() const override { return listed(measure_(confusion_)); }

 private:
  Confusion confusion_;
  Quotient measure_;
};

template <Counts counts>
std::vector<double> counted(const Confusion& c) {
  return or_zeros(c.*counts, c.thresholds());
}

template <Counts counts>
std::unique_ptr<Metric> count(const Config& arguments, int keras) {
  return std::make_unique<AtThresholds>(Confusion(thresholds_in(arguments, 0.5), {.keras = keras}), counted<counts>);
}

template <Quotient measure>
std::unique_ptr<Metric> at_thresholds(const Config& arguments, int keras) {
  const auto top_k = optional_integer(arguments, "top_k");
  Confusion::Options options{.top_k = top_k, .class_id = optional_integer(arguments, "class_id"), .keras = keras};
  return std::make_unique<AtThresholds>(Confusion(thresholds_in(arguments, top_k ? kNoThreshold : 0.5), std::move(options)),
                                        measure);
}

// The best value of one measure over the thresholds where the other reaches a given value.
class Constrained final : public Metric {
 public:
  Constrained(Confusion confusion, Quotient constrained, Quotient wanted, double least)
      : confusion_(std::move(confusion)), constrained_(constrained), wanted_(wanted), least_(static_cast<float>(least)) {}
  void update(const OutputBatch& batch) override { confusion_.update(batch); }
  Array result() const override {
    const std::vector<double> constrained = constrained_(confusion_), wanted = wanted_(confusion_);
    double best = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (static_cast<float>(constrained[i]) >= least_) best = std::max(best, wanted[i]);
    }
    return Array::number(best);
  }

 private:
  Confusion confusion_;
  Quotient constrained_, wanted_;
  float least_;
};

std::unique_ptr<Metric> constrained_by(const Config& arguments, int keras, std::string_view key, Quotient constrained,
                                       Quotient wanted) {
  if (!arguments.has(key)) arguments.fail(key, "a number from 0 to 1");
  const double least = arguments.number(key, 0, RealRange{0, 1});
  Confusion::Options options{.class_id = optional_integer(arguments, "class_id"), .keras = keras};
  Confusion confusion(even_thresholds(arguments.integer("num_thresholds", 200, kThresholds)), std::move(options));
  return std::make_unique<Constrained>(std::move(confusion), constrained, wanted, least);
}

std::unique_ptr<Metric> sensitivity_at_specificity(const Config& arguments, int keras) {
  return constrained_by(arguments, keras, "specificity", specificities, recalls);
}
std::unique_ptr<Metric> specificity_at_sensitivity(const Config& arguments, int keras) {
  return constrained_by(arguments, keras, "sensitivity", recalls, specificities);
}
std::unique_ptr<Metric> precision_at_recall(const Config& arguments, int keras) {
  return constrained_by(arguments, keras, "recall", recalls, precisions);
}
std::unique_ptr<Metric> recall_at_precision(const Config& arguments, int keras) {
  return constrained_by(arguments, keras, "precision", precisions, recalls);
}

}  // namespace

std::span<const MetricRow> confusion_metrics() {
  static constexpr std::array kRows{
      MetricRow{"TruePositives", count<&Confusion::true_positives>},
      MetricRow{"FalsePositives", count<&Confusion::false_positives>},
      MetricRow{"TrueNegatives", count<&Confusion::true_negatives>},
      MetricRow{"FalseNegatives", count<&Confusion::false_negatives>},
      MetricRow{"Precision", at_thresholds<precisions>},
      MetricRow{"Recall", at_thresholds<recalls>},
      MetricRow{"SensitivityAtSpecificity", sensitivity_at_specificity},
      MetricRow{"SpecificityAtSensitivity", specificity_at_sensitivity},
      MetricRow{"PrecisionAtRecall", precision_at_recall},
      MetricRow{"RecallAtPrecision", recall_at_precision},
  };
  return kRows;
}

}  // namespace keraunos::loader
