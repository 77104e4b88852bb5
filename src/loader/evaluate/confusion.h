// Counts predictions above each threshold, by their targets: the basis of precision, recall and the areas under curves.
#pragma once

#include <optional>
#include <vector>

#include "loader/evaluate/metrics.h"

namespace keraunos::loader {

class Confusion {
 public:
  struct Options {
    std::optional<int64_t> top_k{}, class_id{};
    bool multi_label = false;  ///< separate counts for each index of the last axis
    std::vector<double> label_weights{};
    int keras = 3;
  };

  Confusion(std::vector<double> thresholds, Options options);
  void update(const OutputBatch& batch);

  size_t thresholds() const noexcept { return thresholds_.size(); }
  size_t labels() const noexcept { return labels_; }
  /// By threshold, then by label.
  std::vector<double> true_positives, false_positives, true_negatives, false_negatives;

 private:
  void count(double truth, float prediction, double weight, size_t label);
  size_t above(float prediction) const;

  std::vector<double> thresholds_;
  Options options_;
  bool even_ = false, with_epsilon_ = false;
  size_t labels_ = 1;
};

/// The thresholds of a metric: one number or a list; `otherwise` where there are none.
std::vector<double> thresholds_in(const Config& arguments, double otherwise);
/// 0 to 1 in equal steps; a single threshold is 0.5.
std::vector<double> even_thresholds(int64_t count);
std::optional<int64_t> optional_integer(const Config& arguments, std::string_view key);

}  // namespace keraunos::loader
