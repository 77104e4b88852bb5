// Intersections over unions, from the confusion matrix of the classes.
#include <algorithm>
#include <array>
#include <cmath>

#include "keraunos/error.h"
#include "loader/evaluate/confusion.h"

namespace keraunos::loader {
namespace {

struct Form {
  bool sparse_truth = true, sparse_prediction = true, all_classes = false, binary = false;
};

class Overlap final : public Metric {
 public:
  Overlap(const Config& arguments, int keras, const Form& form)
      : keras_(keras),
        classes_(form.binary ? 2 : arguments.integer("num_classes", Range{1, 4096})),
        ignored_(optional_integer(arguments, "ignore_class")) {
    axis_ = arguments.has("axis") ? arguments.integer("axis", Range{-Dims::kMaxRank, Dims::kMaxRank - 1}) : -1;
    sparse_truth_ = form.sparse_truth && arguments.flag("sparse_y_true", true);
    sparse_prediction_ = arguments.flag("sparse_y_pred", form.sparse_prediction);
    if (form.binary) threshold_ = static_cast<float>(arguments.number("threshold", 0.5));
    const bool listed = !form.all_classes && arguments.has("target_class_ids");
    if (listed) targets_ = arguments.integers("target_class_ids", 0, Range{0, classes_ - 1});
    for (int64_t i = 0; !listed && i < classes_; ++i) targets_.push_back(i);
    // Keras 3 counts in integers unless the file states another type: weights lose their fractions.
    whole_ = keras > 2 && !arguments.text("dtype", "int").starts_with("float");
    matrix_.assign(static_cast<size_t>(classes_ * classes_), 0);
  }

  void update(const OutputBatch& batch) override {
    Array truth = batch.sides.truth, prediction = batch.sides.prediction;
    if (threshold_)
      prediction = map(std::move(prediction), [&](double p) { return static_cast<float>(p) >= *threshold_ ? 1 : 0; });
    if (!sparse_truth_) truth = by_line(with_last(truth, axis_), place_of_largest);
    if (!sparse_prediction_) prediction = by_line(with_last(prediction, axis_), place_of_largest);
    if (truth.size() != prediction.size())
      throw UsageError("targets of shape " + batch.sides.truth.shape() + " do not fit predictions of shape " +
                       batch.sides.prediction.shape());
    std::vector<double> weight(truth.at.size(), 1);
    if (batch.weight) weight = broadcast(flat(*batch.weight), {truth.size()}).at;
    for (size_t i = 0; i < weight.size(); ++i) count(truth.at[i], prediction.at[i], weight[i]);
  }

  Array result() const override {
    double sum = 0, valid = 0;
    for (const int64_t target : targets_) {
      const double both = at(target, target);
      double all = -both;
      for (int64_t i = 0; i < classes_; ++i) all += at(target, i) + at(i, target);
      if (all == 0) continue;
      sum += both / (keras_ > 2 ? all + kEpsilon : all);
      ++valid;
    }
    return Array::number(ratio(sum, keras_ > 2 ? valid + kEpsilon : valid));
  }

 private:
  double at(int64_t truth, int64_t prediction) const { return matrix_[static_cast<size_t>(truth * classes_ + prediction)]; }

  void count(double truth, double prediction, double weight) {
    if (whole_) truth = std::trunc(truth), prediction = std::trunc(prediction), weight = std::trunc(weight);
    if (ignored_ && truth == static_cast<double>(*ignored_)) return;
    const auto is_class = [&](double x) { return x >= 0 && x < static_cast<double>(classes_); };
    if (!is_class(truth) || !is_class(prediction)) {
      if (keras_ > 2) return;
      throw DataError("class " + std::to_string(is_class(truth) ? prediction : truth) + " is not below num_classes, " +
                      std::to_string(classes_));
    }
    matrix_[static_cast<size_t>(static_cast<int64_t>(truth) * classes_ + static_cast<int64_t>(prediction))] += weight;
  }

  int keras_;
  int64_t classes_, axis_ = -1;
  std::optional<int64_t> ignored_;
  bool sparse_truth_ = true, sparse_prediction_ = true, whole_ = false;
  std::optional<float> threshold_{};
  std::vector<int64_t> targets_;
  std::vector<double> matrix_;
};

template <bool all_classes>
std::unique_ptr<Metric> of_classes(const Config& arguments, int keras) {
  return std::make_unique<Overlap>(arguments, keras, Form{.all_classes = all_classes});
}

template <bool all_classes>
std::unique_ptr<Metric> of_one_hot(const Config& arguments, int keras) {
  return std::make_unique<Overlap>(arguments, keras,
                                   Form{.sparse_truth = false, .sparse_prediction = false, .all_classes = all_classes});
}

std::unique_ptr<Metric> binary(const Config& arguments, int keras) {
  return std::make_unique<Overlap>(arguments, keras, Form{.binary = true});
}

}  // namespace

std::span<const MetricRow> overlap_metrics() {
  static constexpr std::array kRows{
      MetricRow{"IoU", of_classes<false>},       MetricRow{"MeanIoU", of_classes<true>},       MetricRow{"BinaryIoU", binary},
      MetricRow{"OneHotIoU", of_one_hot<false>}, MetricRow{"OneHotMeanIoU", of_one_hot<true>},
  };
  return kRows;
}

}  // namespace keraunos::loader
