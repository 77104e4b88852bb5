// F scores and the coefficient of determination, by class.
#include <array>
#include <cmath>

#include "keraunos/error.h"
#include "loader/evaluate/confusion.h"

namespace keraunos::loader {
namespace {

void expect_two_axes(const OutputBatch& batch, std::string_view what) {
  const Array &truth = batch.sides.truth, &prediction = batch.sides.prediction;
  if (truth.rank() != 2 || prediction.rank() != 2 || truth.dims != prediction.dims)
    throw UsageError(std::string(what) + " expects targets and predictions (rows, classes), found " + truth.shape() + " and " +
                     prediction.shape());
}

std::vector<double> row_weights(const OutputBatch& batch) {
  const auto rows = batch.sides.prediction.dims[0];
  if (!batch.weight) return std::vector<double>(static_cast<size_t>(rows), 1);
  return broadcast(flat(*batch.weight), {rows}).at;
}

struct ClassCounts {
  double tp = 0, fp = 0, fn = 0, truth = 0;
};

class FScore final : public Metric {
 public:
  FScore(const Config& arguments, int keras, double beta)
      : keras_(keras),
        beta_(beta),
        average_(arguments.has("average") ? arguments.text("average", "", {"micro", "macro", "weighted"}) : "") {
    if (arguments.has("threshold")) threshold_ = static_cast<float>(arguments.number("threshold", 0.5));
  }

  void update(const OutputBatch& batch) override {
    expect_two_axes(batch, "an F score");
    const std::vector<double> weights = row_weights(batch);
    const auto length = static_cast<size_t>(batch.sides.prediction.last());
    const bool micro = average_ == "micro";
    counts_.resize(micro ? 1 : length);
    for (size_t row = 0; row < weights.size(); ++row) {
      const double* p = batch.sides.prediction.at.data() + row * length;
      const double most = *std::max_element(p, p + length);
      for (size_t i = 0; i < length; ++i) {
        const bool chosen = threshold_ ? static_cast<float>(p[i]) > *threshold_ : p[i] >= most && std::abs(p[i]) > 1e-9;
        const double truth = batch.sides.truth.at[row * length + i], weight = weights[row];
        ClassCounts& counts = counts_[micro ? 0 : i];
        if (chosen) counts.tp += weight * truth, counts.fp += weight * (1 - truth);
        if (!chosen) counts.fn += weight * truth;
        counts.truth += weight * truth;
      }
    }
  }

  Array result() const override {
    Array scores{{static_cast<int64_t>(counts_.size())}, {}};
    double all = 0;
    for (const ClassCounts& counts : counts_) scores.at.push_back(score(counts)), all += counts.truth;
    if (average_.empty()) return scores;
    double sum = 0;
    for (size_t i = 0; i < counts_.size(); ++i)
      sum += scores.at[i] * (average_ == "weighted" ? part(counts_[i].truth, all) : 1 / static_cast<double>(counts_.size()));
    return Array::number(sum);
  }

 private:
  // Keras 3 adds epsilon to the divisor; Keras 2 checks whether it is 0.
  double part(double a, double b) const { return keras_ == 2 ? ratio(a, b) : a / (b + kEpsilon); }
  double score(const ClassCounts& c) const {
    const double precision = part(c.tp, c.tp + c.fp), recall = part(c.tp, c.tp + c.fn);
    return part(precision * recall, beta_ * beta_ * precision + recall) * (1 + beta_ * beta_);
  }

  int keras_;
  double beta_;
  std::string average_;
  std::optional<float> threshold_{};
  std::vector<ClassCounts> counts_;
};

std::unique_ptr<Metric> f_beta(const Config& arguments, int keras) {
  return std::make_unique<FScore>(arguments, keras, arguments.number("beta", 1));
}
std::unique_ptr<Metric> f_one(const Config& arguments, int keras) { return std::make_unique<FScore>(arguments, keras, 1); }

struct Squares {
  double sum = 0, squares = 0, errors = 0, count = 0;
};

class Determination final : public Metric {
 public:
  explicit Determination(const Config& arguments)
      : regressors_(arguments.integer("num_regressors", 0, Range{0})),
        aggregation_(arguments.is_missing("class_aggregation") ? "uniform_average"
                     : arguments.has("class_aggregation")
                         ? arguments.text("class_aggregation", "", {"uniform_average", "variance_weighted_average"})
                         : "") {}

  void update(const OutputBatch& batch) override {
    expect_two_axes(batch, "R2Score");
    const std::vector<double> weights = row_weights(batch);
    const auto length = static_cast<size_t>(batch.sides.prediction.last());
    columns_.resize(length);
    for (size_t i = 0; i < batch.sides.prediction.at.size(); ++i) {
      const double truth = batch.sides.truth.at[i], error = truth - batch.sides.prediction.at[i], weight = weights[i / length];
      Squares& column = columns_[i % length];
      column.sum += weight * truth, column.squares += weight * truth * truth;
      column.errors += weight * error * error, column.count += weight;
    }
    samples_ += static_cast<double>(batch.sides.truth.size());
  }

  Array result() const override {
    Array scores{{static_cast<int64_t>(columns_.size())}, {}};
    double sum = 0, totals = 0, weighted = 0;
    for (const Squares& column : columns_) {
      const double total = column.squares - column.sum * column.sum / column.count, raw = 1 - column.errors / total;
      scores.at.push_back(std::isinf(raw) ? 0 : raw);
      sum += scores.at.back(), totals += total, weighted += total * scores.at.back();
    }
    if (aggregation_ == "uniform_average") scores = Array::number(sum / static_cast<double>(columns_.size()));
    if (aggregation_ == "variance_weighted_average") scores = Array::number(weighted / totals);
    const auto regressors = static_cast<double>(regressors_);
    if (regressors_ == 0 || regressors >= samples_ - 1) return scores;
    return map(scores, [&](double r) { return 1 - (1 - r) * (samples_ - 1) / (samples_ - regressors - 1); });
  }

 private:
  int64_t regressors_;
  std::string aggregation_;
  double samples_ = 0;
  std::vector<Squares> columns_;
};

std::unique_ptr<Metric> determination(const Config& arguments, int) { return std::make_unique<Determination>(arguments); }

}  // namespace

std::span<const MetricRow> score_metrics() {
  static constexpr std::array kRows{
      MetricRow{"FBetaScore", f_beta},
      MetricRow{"F1Score", f_one},
      MetricRow{"R2Score", determination},
  };
  return kRows;
}

}  // namespace keraunos::loader
