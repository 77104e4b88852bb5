#include "loader/evaluate/metrics.h"

#include <algorithm>
#include <array>

namespace keraunos::loader {
namespace {

// Metric classes that are the mean of a function with the class's name in lower case.
constexpr std::array<std::string_view, 22> kMeans{"MeanSquaredError",
                                                  "MeanAbsoluteError",
                                                  "MeanAbsolutePercentageError",
                                                  "MeanSquaredLogarithmicError",
                                                  "CosineSimilarity",
                                                  "LogCoshError",
                                                  "Hinge",
                                                  "SquaredHinge",
                                                  "CategoricalHinge",
                                                  "KLDivergence",
                                                  "Poisson",
                                                  "BinaryCrossentropy",
                                                  "CategoricalCrossentropy",
                                                  "SparseCategoricalCrossentropy",
                                                  "Accuracy",
                                                  "BinaryAccuracy",
                                                  "CategoricalAccuracy",
                                                  "SparseCategoricalAccuracy",
                                                  "TopKCategoricalAccuracy",
                                                  "SparseTopKCategoricalAccuracy",
                                                  "PearsonCorrelation",
                                                  "ConcordanceCorrelation"};

constexpr std::array<std::string_view, 22> kLosses{"MeanSquaredError",
                                                   "MeanAbsoluteError",
                                                   "MeanAbsolutePercentageError",
                                                   "MeanSquaredLogarithmicError",
                                                   "CosineSimilarity",
                                                   "LogCosh",
                                                   "Huber",
                                                   "Hinge",
                                                   "SquaredHinge",
                                                   "CategoricalHinge",
                                                   "KLDivergence",
                                                   "Poisson",
                                                   "BinaryCrossentropy",
                                                   "BinaryFocalCrossentropy",
                                                   "CategoricalCrossentropy",
                                                   "CategoricalFocalCrossentropy",
                                                   "SparseCategoricalCrossentropy",
                                                   "Dice",
                                                   "Tversky",
                                                   "Circle",
                                                   "CTC",
                                                   "CategoricalGeneralizedCrossEntropy"};

template <class Visit>
void each_metric(const Visit& visit) {
  for (const auto& family : {confusion_metrics(), curve_metrics(), overlap_metrics(), score_metrics(), mean_metrics()}) {
    for (const MetricRow& row : family) visit(row);
  }
}

}  // namespace

std::unique_ptr<Metric> make_metric(std::string_view class_name, const Config& arguments, int keras) {
  if (std::find(kMeans.begin(), kMeans.end(), class_name) != kMeans.end())
    return mean_of(find_function(function_of_class(class_name), true)->compute, arguments, keras);
  const MetricRow* found = nullptr;
  each_metric([&](const MetricRow& row) {
    if (row.class_name == class_name) found = &row;
  });
  return found != nullptr ? found->make(arguments, keras) : nullptr;
}

std::vector<std::string> metric_class_names() {
  std::vector<std::string> names(kMeans.begin(), kMeans.end());
  names.emplace_back("MeanMetricWrapper");  // around a function (scoring.cpp)
  each_metric([&](const MetricRow& row) { names.emplace_back(row.class_name); });
  return names;
}

std::vector<std::string> loss_class_names() { return {kLosses.begin(), kLosses.end()}; }

}  // namespace keraunos::loader
