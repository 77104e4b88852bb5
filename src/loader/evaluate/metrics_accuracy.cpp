#include <algorithm>
#include <array>
#include <cmath>

#include "keraunos/error.h"
#include "loader/evaluate/functions.h"

namespace keraunos::loader {
namespace {

Array fitted(const Sides& sides, const std::function<double(double truth, double prediction)>& match) {
  Array truth = sides.truth, prediction = sides.prediction;
  if (sides.keras > 2) to_same_rank(truth, prediction);
  return zip(truth, prediction, match);
}

Values accuracy(const Sides& sides, const Config&) {
  return {fitted(sides, [](double t, double p) { return t == p ? 1 : 0; })};
}

Values binary_accuracy(const Sides& sides, const Config& arguments) {
  const auto threshold = static_cast<float>(arguments.number("threshold", 0.5));
  const Array matches = fitted(sides, [&](double t, double p) { return t == (p > threshold ? 1 : 0) ? 1 : 0; });
  return {sides.keras == 2 ? mean_from(matches, std::max(matches.rank() - 1, 0)) : matches};
}

// Class numbers, one for each prediction, possibly with a last axis of 1.
Array labels_for(const Array& truth, const Array& prediction) {
  Array labels = truth;
  if (labels.rank() == prediction.rank() && labels.last() == 1) labels = squeezed(std::move(labels));
  if (labels.size() != prediction.size() / std::max<int64_t>(prediction.last(), 1))
    throw UsageError("targets of shape " + truth.shape() + " are not one class for each of the predictions of shape " +
                     prediction.shape());
  return labels;
}

Values matches_of(const Array& labels, const Array& prediction) {
  return {zip(labels, by_line(prediction, place_of_largest), [](double t, double p) { return t == p ? 1 : 0; })};
}

Values categorical_accuracy(const Sides& sides, const Config&) {
  return matches_of(labels_for(by_line(sides.truth, place_of_largest), sides.prediction), sides.prediction);
}

Values sparse_categorical_accuracy(const Sides& sides, const Config&) {
  return matches_of(labels_for(sides.truth, sides.prediction), sides.prediction);
}

// As TensorFlow's in_top_k: equal scores all count, and the result is false where the score is not finite.
Values in_top(const Array& labels, const Array& prediction, const Config& arguments) {
  const int64_t k = arguments.integer("k", 5);
  const double* label = labels.at.data();
  return {by_line(prediction, [&](const double* line, int64_t length) {
    const double at = *label++;
    if (!(at >= 0 && at < static_cast<double>(length))) return 0.0;
    const double score = line[static_cast<int64_t>(at)];
    const auto better = std::count_if(line, line + length, [&](double other) { return other > score; });
    return std::isfinite(score) && better < k ? 1.0 : 0.0;
  })};
}

Values top_k_categorical_accuracy(const Sides& sides, const Config& arguments) {
  return in_top(labels_for(by_line(sides.truth, place_of_largest), sides.prediction), sides.prediction, arguments);
}

Values sparse_top_k_categorical_accuracy(const Sides& sides, const Config& arguments) {
  const Array labels = labels_for(sides.truth, sides.prediction);
  if (!arguments.flag("from_sorted_ids", false)) return in_top(labels, sides.prediction, arguments);
  const int64_t k = arguments.integer("k", 5);
  const double* label = labels.at.data();
  return {by_line(sides.prediction, [&](const double* line, int64_t length) {
    const double* end = line + std::clamp<int64_t>(k, 0, length);
    return std::find(line, end, *label++) != end ? 1.0 : 0.0;
  })};
}

}  // namespace

std::span<const FunctionRow> accuracy_functions() {
  static constexpr std::array kRows{
      FunctionRow{"accuracy", accuracy},
      FunctionRow{"binary_accuracy", binary_accuracy},
      FunctionRow{"categorical_accuracy", categorical_accuracy},
      FunctionRow{"sparse_categorical_accuracy", sparse_categorical_accuracy},
      FunctionRow{"top_k_categorical_accuracy", top_k_categorical_accuracy},
      FunctionRow{"sparse_top_k_categorical_accuracy", sparse_top_k_categorical_accuracy},
  };
  return kRows;
}

}  // namespace keraunos::loader
