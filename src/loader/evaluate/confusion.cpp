#include "loader/evaluate/confusion.h"

#include <algorithm>
#include <cmath>

#include "keraunos/error.h"
#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

constexpr size_t kMostCounts = 10'000'000;
constexpr double kNeverTop = -1e10;  // Keras's score of elements that are not among the largest

// For equally spaced thresholds Keras finds indices in float32, which can differ from comparisons by a rounding.
bool are_even(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const double even = static_cast<float>(i) / static_cast<float>(thresholds.size() - 1);
    if (std::abs(thresholds[i] - even) > kEpsilon + 1e-5 * std::abs(even)) return false;
  }
  return true;
}

Array only_top(const Array& scores, int64_t k) {
  Array kept = scores;
  const auto length = static_cast<size_t>(scores.last());
  for (size_t first = 0; first < kept.at.size(); first += length) {
    std::vector<size_t> order(length);
    for (size_t i = 0; i < length; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores.at[first + a] > scores.at[first + b]; });
    for (size_t i = static_cast<size_t>(std::clamp<int64_t>(k, 0, scores.last())); i < length; ++i)
      kept.at[first + order[i]] = kNeverTop;
  }
  return kept;
}

Array one_class(const Array& x, int64_t index) {
  if (index < 0) index += x.last();
  if (x.rank() < 2 || index < 0 || index >= x.last())
    throw UsageError("class_id " + std::to_string(index) + " is no class of predictions of shape " + x.shape());
  Array column = by_line(x, [&](const double* line, int64_t) { return line[index]; });
  return expanded(std::move(column));
}

Array fitted_weight(const OutputBatch& batch, const Array& truth, const Array& prediction, int keras) {
  Array weight = *batch.weight;
  if (keras == 2) {
    fit_weight(batch.sides.prediction, weight);
  } else {
    weight = expanded(std::move(weight));
    Array like = truth;
    to_same_rank(like, weight, false);
  }
  return broadcast(weight, prediction.dims);
}

}  // namespace

Confusion::Confusion(std::vector<double> thresholds, Options options)
    : thresholds_(std::move(thresholds)), options_(std::move(options)), even_(are_even(thresholds_)) {
  with_epsilon_ = thresholds_.front() < 0 || thresholds_.back() > 1;
}

size_t Confusion::above(float prediction) const {
  if (!even_) {
    size_t count = 0;
    while (count < thresholds_.size() && prediction > static_cast<float>(thresholds_[count])) ++count;
    return count;
  }
  if (std::isnan(prediction)) return 0;
  const float limited = std::clamp(prediction, 0.0f, 1.0f);
  const float place = std::ceil(limited * static_cast<float>(thresholds_.size() - 1)) - 1;
  return static_cast<size_t>((with_epsilon_ ? std::max(place, 0.0f) : place) + 1);
}

void Confusion::count(double truth, float prediction, double weight, size_t label) {
  const auto add = [&](size_t threshold, bool positive) {
    const size_t at = threshold * labels_ + label;
    (truth != 0 ? (positive ? true_positives : false_negatives) : (positive ? false_positives : true_negatives))[at] += weight;
  };
  const bool sorted = std::is_sorted(thresholds_.begin(), thresholds_.end());
  const size_t reached = even_ || sorted ? above(prediction) : 0;
  for (size_t i = 0; i < thresholds_.size(); ++i)
    add(i, even_ || sorted ? i < reached : prediction > static_cast<float>(thresholds_[i]));
}

void Confusion::update(const OutputBatch& batch) {
  Array truth = batch.sides.truth, prediction = batch.sides.prediction;
  if (options_.keras == 2) {
    Sides sides = batch.sides;
    fit_sides(sides);
    truth = std::move(sides.truth), prediction = std::move(sides.prediction);
  } else {
    to_same_rank(prediction, truth);
  }
  if (truth.dims != prediction.dims)
    throw UsageError("targets of shape " + truth.shape() + " do not fit predictions of shape " + prediction.shape());
  if (options_.top_k) prediction = only_top(prediction, *options_.top_k);
  const std::optional<Array> whole =
      batch.weight ? std::optional(fitted_weight(batch, truth, prediction, options_.keras)) : std::nullopt;
  std::optional<Array> weight = whole;
  if (options_.class_id) {
    truth = one_class(truth, *options_.class_id), prediction = one_class(prediction, *options_.class_id);
    if (weight) weight = one_class(*whole, *options_.class_id);
  }
  if (options_.multi_label && prediction.rank() != 2)
    throw UsageError("multi_label expects predictions (rows, labels), found " + prediction.shape());
  const auto length = static_cast<size_t>(prediction.last());
  labels_ = options_.multi_label ? length : 1;
  if (thresholds_.size() * labels_ > kMostCounts)
    throw UsageError("a metric counts at " + std::to_string(thresholds_.size()) + " thresholds for " + std::to_string(labels_) +
                     " labels; " + std::to_string(kMostCounts) + " counts are the most");
  for (auto* counts : {&true_positives, &false_positives, &true_negatives, &false_negatives})
    counts->resize(thresholds_.size() * labels_, 0);
  if (!options_.label_weights.empty() && options_.label_weights.size() != length)
    throw UsageError(std::to_string(options_.label_weights.size()) + " label_weights do not fit predictions of shape " +
                     prediction.shape());
  for (size_t i = 0; i < prediction.at.size(); ++i) {
    const double of_label = options_.label_weights.empty() ? 1 : options_.label_weights[i % length];
    count(truth.at[i], static_cast<float>(prediction.at[i]), (weight ? weight->at[i] : 1) * of_label, i % labels_);
  }
}

std::vector<double> thresholds_in(const Config& arguments, double otherwise) {
  const files::Json* given = arguments.find("thresholds");
  if (given == nullptr) return {otherwise};
  std::vector<double> thresholds;
  if (given->is_number()) {
    thresholds.push_back(given->as_double());
  } else if (given->is_array()) {
    for (const files::Json& value : given->items()) {
      if (!value.is_number()) arguments.fail("thresholds", "numbers from 0 to 1");
      thresholds.push_back(value.as_double());
    }
  }
  if (thresholds.empty()) arguments.fail("thresholds", "numbers from 0 to 1");
  for (const double value : thresholds) arguments.check("thresholds", value, RealRange{0, 1});
  return thresholds;
}

std::vector<double> even_thresholds(int64_t count) {
  if (count == 1) return {0.5};
  std::vector<double> thresholds;
  for (int64_t i = 0; i < count; ++i) thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  return thresholds;
}

std::optional<int64_t> optional_integer(const Config& arguments, std::string_view key) {
  return arguments.has(key) ? std::optional(arguments.integer(key)) : std::nullopt;
}

}  // namespace keraunos::loader
