// Means of functions, with Keras's rules for weights of fewer axes than values.
#include <array>
#include <cmath>

#include "keraunos/error.h"
#include "loader/evaluate/metrics.h"
#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

bool broadcasts(const Array& weight, const Array& values) {
  if (weight.rank() == 0) return true;
  if (weight.rank() != values.rank()) return false;
  for (size_t i = 0; i < weight.dims.size(); ++i) {
    if (weight.dims[i] != 1 && weight.dims[i] != values.dims[i]) return false;
  }
  return true;
}

class MeanState {
 public:
  explicit MeanState(int keras) : keras_(keras) {}
  void add(const Array& values, const std::optional<Array>& weight) {
    if (!weight)
      total_ += keras_ == 2 ? sum_of(values) : sum_of(rows(values)),
          count_ += static_cast<double>(keras_ == 2 ? values.size() : rows(values).size());
    else if (keras_ == 2)
      add_in_keras2(values, *weight);
    else
      add_in_keras3(values, *weight);
  }
  double mean() const { return ratio(total_, count_); }

 private:
  static Array rows(const Array& values) { return values.rank() > 1 ? mean_from(values, 1) : values; }

  void add_in_keras2(Array values, Array weight) {
    fit_weight(values, weight);
    if (broadcasts(weight, values))
      weight = broadcast(weight, values.dims);
    else if (weight.rank() < values.rank())
      values = mean_from(values, weight.rank());
    total_ += sum_of(zip(values, weight, std::multiplies<>()));
    count_ += sum_of(weight);
  }

  void add_in_keras3(Array values, Array weight) {
    to_same_rank(values, weight);
    if (values.rank() > weight.rank()) values = mean_from(values, weight.rank());
    weight = broadcast(weight, values.dims);
    total_ += sum_of(rows(zip(values, weight, std::multiplies<>())));
    count_ += sum_of(rows(weight));
  }

  int keras_;
  double total_ = 0, count_ = 0;
};

class MeanOfFunction final : public Metric {
 public:
  MeanOfFunction(Measure function, Config arguments, int keras)
      : function_(std::move(function)), arguments_(std::move(arguments)), keras_(keras), state_(keras) {}

  void update(const OutputBatch& batch) override {
    Sides sides = batch.sides;
    if (keras_ == 2) fit_sides(sides);
    const Values values = function_(sides, arguments_);
    std::optional<Array> weight = batch.weight;
    if (keras_ == 2 && values.mask) {
      if (weight) fit_weight(*values.mask, *weight);
      weight = weight ? zip(*values.mask, *weight, std::multiplies<>()) : *values.mask;
    }
    if (keras_ > 2) weight = masked_weight(weight, batch.mask, false);
    if (keras_ > 2 && values.mask && weight) weight = masked_weight(weight, values.mask, false);
    state_.add(values.values, weight);
  }
  Array result() const override { return Array::number(state_.mean()); }

 private:
  Measure function_;
  Config arguments_;
  int keras_;
  MeanState state_;
};

class RootMeanSquaredError final : public Metric {
 public:
  explicit RootMeanSquaredError(int keras) : keras_(keras), state_(keras) {}
  void update(const OutputBatch& batch) override {
    Sides sides = batch.sides;
    if (keras_ == 2)
      fit_sides(sides);
    else
      to_same_rank(sides.truth, sides.prediction);
    state_.add(zip(sides.truth, sides.prediction, [](double t, double p) { return (p - t) * (p - t); }), batch.weight);
  }
  Array result() const override { return Array::number(std::sqrt(state_.mean())); }

 private:
  int keras_;
  MeanState state_;
};

std::unique_ptr<Metric> root_mean_squared_error(const Config&, int keras) {
  return std::make_unique<RootMeanSquaredError>(keras);
}

// A number, or lists of numbers of equal length.
void append_numbers(const Config& config, const files::Json& json, size_t depth, Array& array) {
  if (!json.is_array()) {
    if (!json.is_number() || depth != array.dims.size())
      config.fail("normalizer", "a number or lists of numbers of equal length");
    array.at.push_back(json.as_double());
    return;
  }
  const auto length = static_cast<int64_t>(json.items().size());
  if (depth == array.dims.size() && array.at.empty()) array.dims.push_back(length);
  if (depth >= Dims::kMaxRank || depth >= array.dims.size() || array.dims[depth] != length || length == 0)
    config.fail("normalizer", "a number or lists of numbers of equal length");
  for (const files::Json& item : json.items()) append_numbers(config, item, depth + 1, array);
}

// Only in Keras 2: the mean of |prediction − target| / normalizer, 0 where the normalizer is 0.
class MeanRelativeError final : public Metric {
 public:
  explicit MeanRelativeError(const Config& arguments) {
    const files::Json* normalizer = arguments.find("normalizer");
    if (normalizer == nullptr) arguments.fail("normalizer", "a number or lists of numbers of equal length");
    normalizer_.at.clear();
    append_numbers(arguments, *normalizer, 0, normalizer_);
    for (double& number : normalizer_.at) number = static_cast<float>(number);
  }

  void update(const OutputBatch& batch) override {
    Sides sides = batch.sides;
    fit_sides(sides);
    Array prediction = sides.prediction;
    if (normalizer_.rank() == prediction.rank() + 1 && normalizer_.last() == 1) normalizer_ = squeezed(normalizer_);
    if (normalizer_.rank() == prediction.rank() - 1 && prediction.last() == 1) prediction = squeezed(prediction);
    if (prediction.dims != sides.truth.dims)
      throw UsageError("MeanRelativeError expects targets and predictions of one shape, found " + sides.truth.shape() + " and " +
                       prediction.shape() + " beside a normalizer " + normalizer_.shape());
    const Array errors = zip(sides.truth, prediction, [](double t, double p) { return std::abs(t - p); });
    state_.add(zip(errors, normalizer_, ratio), batch.weight);
  }
  Array result() const override { return Array::number(state_.mean()); }

 private:
  Array normalizer_;
  MeanState state_{2};
};

std::unique_ptr<Metric> mean_relative_error(const Config& arguments, int keras) {
  return keras == 2 ? std::make_unique<MeanRelativeError>(arguments) : nullptr;
}

}  // namespace

std::unique_ptr<Metric> mean_of(Measure function, const Config& arguments, int keras) {
  return std::make_unique<MeanOfFunction>(std::move(function), arguments, keras);
}

std::span<const MetricRow> mean_metrics() {
  static constexpr std::array kRows{MetricRow{"RootMeanSquaredError", root_mean_squared_error},
                                    MetricRow{"MeanRelativeError", mean_relative_error}};
  return kRows;
}

}  // namespace keraunos::loader
