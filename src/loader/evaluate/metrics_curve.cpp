// Areas under the receiver operating characteristic and under precision over recall.
#include <algorithm>
#include <array>
#include <cmath>

#include "loader/evaluate/confusion.h"
#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

enum class Curve : uint8_t { roc, pr, prgain };
enum class Summation : uint8_t { interpolation, minoring, majoring };

Curve curve_in(const Config& arguments) {
  const std::string text = arguments.text("curve", "ROC", {"ROC", "roc", "PR", "pr", "PRGAIN", "prgain"});
  return text == "ROC" || text == "roc" ? Curve::roc : text == "PR" || text == "pr" ? Curve::pr : Curve::prgain;
}

Summation summation_in(const Config& arguments) {
  const std::string text = arguments.text("summation_method", "interpolation",
                                          {"interpolation", "Interpolation", "minoring", "Minoring", "majoring", "Majoring"});
  return text[0] == 'i' || text[0] == 'I' ? Summation::interpolation : text[1] == 'i' ? Summation::minoring : Summation::majoring;
}

std::vector<double> numbers_in(const Config& arguments, std::string_view key) {
  std::vector<double> numbers;
  const files::Json* given = arguments.find(key);
  if (given == nullptr) return numbers;
  if (!given->is_array()) arguments.fail(key, "a list of numbers");
  for (const files::Json& value : given->items()) {
    if (!value.is_number()) arguments.fail(key, "a list of numbers");
    numbers.push_back(value.as_double());
  }
  return numbers;
}

// The ends are below 0 and above 1, so that every prediction is above the first and none above the last. Keras saves the
// thresholds in between, even if they were not given.
std::vector<double> curve_thresholds(const Config& arguments) {
  std::vector<double> thresholds = numbers_in(arguments, "thresholds");
  if (thresholds.empty()) {
    thresholds = even_thresholds(arguments.integer("num_thresholds", 200, Range{2, 1'000'000}));
    thresholds.erase(thresholds.begin()), thresholds.pop_back();
  }
  std::sort(thresholds.begin(), thresholds.end());
  thresholds.insert(thresholds.begin(), -double{kEpsilon});
  thresholds.push_back(1 + double{kEpsilon});
  return thresholds;
}

struct Place {
  double tp, fp, tn, fn;
};

class Area final : public Metric {
 public:
  Area(const Config& arguments, int keras)
      : curve_(curve_in(arguments)),
        summation_(summation_in(arguments)),
        from_logits_(arguments.flag("from_logits", false)),
        weights_(numbers_in(arguments, "label_weights")),
        multi_label_(arguments.flag("multi_label", false)),
        confusion_(
            curve_thresholds(arguments),
            {.multi_label = multi_label_, .label_weights = multi_label_ ? std::vector<double>() : weights_, .keras = keras}) {}

  void update(const OutputBatch& batch) override {
    if (!from_logits_) return confusion_.update(batch);
    OutputBatch shares = batch;
    shares.sides.prediction = map(std::move(shares.sides.prediction), [](double x) { return 1 / (1 + std::exp(-x)); });
    confusion_.update(shares);
  }

  Array result() const override {
    double sum = 0, weight = 0;
    for (size_t label = 0; label < confusion_.labels() && !confusion_.true_positives.empty(); ++label) {
      const double share = multi_label_ && label < weights_.size() ? weights_[label] : 1;
      sum += share * (curve_ == Curve::pr && summation_ == Summation::interpolation ? interpolated_area(label) : area(label));
      weight += share;
    }
    return Array::number(ratio(sum, weight));
  }

 private:
  Place place(size_t threshold, size_t label) const {
    const size_t at = threshold * confusion_.labels() + label;
    return {confusion_.true_positives[at], confusion_.false_positives[at], confusion_.true_negatives[at],
            confusion_.false_negatives[at]};
  }

  std::pair<double, double> point(const Place& c) const {
    const double recall = ratio(c.tp, c.tp + c.fn);
    if (curve_ == Curve::roc) return {ratio(c.fp, c.fp + c.tn), recall};
    if (curve_ == Curve::pr) return {recall, ratio(c.tp, c.tp + c.fp)};
    if (c.tp == 0) return {0, 1};
    const double scale = ratio(c.tp + c.fn, c.tn + c.fp);
    return {std::max(1 - scale * c.fn / c.tp, 0.0), 1 - scale * c.fp / c.tp};
  }

  double area(size_t label) const {
    double sum = 0;
    for (size_t i = 0; i + 1 < confusion_.thresholds(); ++i) {
      const auto [x, y] = point(place(i, label));
      const auto [next_x, next_y] = point(place(i + 1, label));
      const double height = summation_ == Summation::interpolation ? (y + next_y) / 2
                            : summation_ == Summation::minoring    ? std::min(y, next_y)
                                                                   : std::max(y, next_y);
      sum += (x - next_x) * height;
    }
    return sum;
  }

  // Precision between two thresholds is not linear in recall (Davis and Goadrich, 2006).
  double interpolated_area(size_t label) const {
    double sum = 0;
    for (size_t i = 0; i + 1 < confusion_.thresholds(); ++i) {
      const Place a = place(i, label), b = place(i + 1, label);
      const double p = a.tp + a.fp, next_p = b.tp + b.fp;
      const double slope = ratio(a.tp - b.tp, std::max(p - next_p, 0.0)), intercept = b.tp - slope * next_p;
      const double growth = p > 0 && next_p > 0 ? p / next_p : 1;
      sum += ratio(slope * (a.tp - b.tp + intercept * std::log(growth)), std::max(b.tp + b.fn, 0.0));
    }
    return sum;
  }

  Curve curve_;
  Summation summation_;
  bool from_logits_;
  std::vector<double> weights_;
  bool multi_label_;
  Confusion confusion_;
};

std::unique_ptr<Metric> area(const Config& arguments, int keras) { return std::make_unique<Area>(arguments, keras); }

}  // namespace

std::span<const MetricRow> curve_metrics() {
  static constexpr std::array kRows{MetricRow{"AUC", area}};
  return kRows;
}

}  // namespace keraunos::loader
