// Crossentropies and divergences. The limits are float32 numbers, because the logarithms make their distance from 1 visible.
#include <algorithm>
#include <array>
#include <cmath>

#include "keraunos/error.h"
#include "loader/evaluate/functions.h"

namespace keraunos::loader {
namespace {

constexpr float kMost = 1.0f - kEpsilon;

float limited(double p) { return std::clamp(static_cast<float>(p), kEpsilon, kMost); }
double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

void expect_same_shape(const Array& truth, const Array& prediction) {
  if (truth.dims != prediction.dims)
    throw UsageError("targets of shape " + truth.shape() + " do not fit predictions of shape " + prediction.shape());
}

int64_t axis_in(const Config& arguments) {
  return arguments.has("axis") ? arguments.integer("axis", Range{-Dims::kMaxRank, Dims::kMaxRank - 1}) : -1;
}

Array smoothed(const Array& truth, double smoothing, double classes) {
  return map(truth, [&](double t) { return t * (1 - smoothing) + smoothing / classes; });
}

double from_logit(double truth, double x) { return std::max(x, 0.0) - x * truth + std::log1p(std::exp(-std::abs(x))); }

// Keras 2 adds epsilon again.
double from_probability(double truth, double p, int keras) {
  const float limit = limited(p), more = keras == 2 ? kEpsilon : 0;
  return -(truth * std::log(limit + more) + (1 - truth) * std::log(1 - limit + more));
}

Array binary_elements(const Sides& sides, const Array& truth, bool from_logits) {
  const Array& x = sides.logits ? *sides.logits : sides.prediction;
  if (sides.logits || from_logits) return zip(truth, x, from_logit);
  return zip(truth, x, [&](double t, double p) { return from_probability(t, p, sides.keras); });
}

Array mean_over(const Array& x, int64_t axis) {
  const Array lines = with_last(x, axis);
  return mean_from(lines, lines.rank() - 1);
}

Values binary_crossentropy(const Sides& sides, const Config& arguments) {
  if (sides.keras > 2) expect_same_shape(sides.truth, sides.prediction);
  const double smoothing = arguments.number("label_smoothing", 0);
  const Array truth = smoothing != 0 ? smoothed(sides.truth, smoothing, 2) : sides.truth;
  return {mean_over(binary_elements(sides, truth, arguments.flag("from_logits", false)), axis_in(arguments))};
}

Values binary_focal_crossentropy(const Sides& sides, const Config& arguments) {
  if (sides.keras > 2) expect_same_shape(sides.truth, sides.prediction);
  const double smoothing = arguments.number("label_smoothing", 0), gamma = arguments.number("gamma", 2);
  const double alpha = arguments.number("alpha", 0.25);
  const bool from_logits = arguments.flag("from_logits", false), balanced = arguments.flag("apply_class_balancing", false);
  const Array truth = smoothing != 0 ? smoothed(sides.truth, smoothing, 2) : sides.truth;
  const Array p = from_logits ? map(sides.prediction, sigmoid_of) : sides.prediction;
  const Array weights = zip(truth, p, [&](double t, double q) {
    const double right = t * q + (1 - t) * (1 - q);
    return std::pow(1 - right, gamma) * (balanced ? t * alpha + (1 - t) * (1 - alpha) : 1);
  });
  const Array losses = zip(weights, binary_elements(sides, truth, from_logits), std::multiplies<>());
  return {mean_over(losses, axis_in(arguments))};
}

double log_sum_exp(const double* x, int64_t length) {
  const double most = *std::max_element(x, x + length);
  double sum = 0;
  for (int64_t i = 0; i < length; ++i) sum += std::exp(x[i] - most);
  return most + std::log(sum);
}

// f(truth, line of predictions, index in it): one number for each line of classes.
Array over_classes(const Array& truth, const Array& lines,
                   const std::function<double(const double*, const double*, int64_t)>& f) {
  const double* t = truth.at.data();
  return by_line(lines, [&](const double* line, int64_t length) {
    const double value = f(t, line, length);
    t += length;
    return value;
  });
}

double of_logits(const double* truth, const double* x, int64_t length) {
  const double all = log_sum_exp(x, length);
  double loss = 0;
  for (int64_t i = 0; i < length; ++i) loss += truth[i] * (all - x[i]);
  return loss;
}

double share(const double* p, int64_t length, int64_t i) {
  float sum = 0;
  for (int64_t k = 0; k < length; ++k) sum += static_cast<float>(p[k]);
  return limited(static_cast<float>(p[i]) / sum);
}

double of_shares(const double* truth, const double* p, int64_t length) {
  double loss = 0;
  for (int64_t i = 0; i < length; ++i) loss -= truth[i] * std::log(share(p, length, i));
  return loss;
}

Array smoothed_classes(const Sides& sides, const Config& arguments, int64_t axis) {
  expect_same_shape(sides.truth, sides.prediction);
  const Array truth = with_last(sides.truth, axis);
  const double smoothing = arguments.number("label_smoothing", 0);
  const int64_t classes = sides.keras > 2 ? sides.truth.last() : truth.last();
  return smoothing != 0 ? smoothed(truth, smoothing, static_cast<double>(classes)) : truth;
}

Values categorical_crossentropy(const Sides& sides, const Config& arguments) {
  const int64_t axis = axis_in(arguments);
  const Array truth = smoothed_classes(sides, arguments, axis);
  if (sides.logits) return {over_classes(truth, with_last(*sides.logits, axis), of_logits)};
  const Array lines = with_last(sides.prediction, axis);
  return {over_classes(truth, lines, arguments.flag("from_logits", false) ? of_logits : of_shares)};
}

// Keras 2 uses the softmax of the logits if it knows them; Keras 3 uses its argument.
Values categorical_focal_crossentropy(const Sides& sides, const Config& arguments) {
  const int64_t axis = axis_in(arguments);
  const Array truth = smoothed_classes(sides, arguments, axis);
  const double gamma = arguments.number("gamma", 2), alpha = arguments.number("alpha", 0.25);
  const bool known = sides.keras == 2 && sides.logits.has_value(), logits = known || arguments.flag("from_logits", false);
  const Array lines = with_last(known ? *sides.logits : sides.prediction, axis);
  return {over_classes(truth, lines, [&](const double* t, const double* x, int64_t length) {
    const double all = logits ? log_sum_exp(x, length) : 0;
    double loss = 0;
    for (int64_t i = 0; i < length; ++i) {
      const double p = logits ? limited(std::exp(x[i] - all)) : share(x, length, i);
      loss -= t[i] * std::log(p) * std::pow(1 - p, gamma) * alpha;
    }
    return loss;
  })};
}

double sparse_line(const double* x, int64_t length, int64_t label, bool logits) {
  if (label < 0 || label >= length)
    throw DataError("target " + std::to_string(label) + " is no class: the model predicts " + std::to_string(length) +
                    " of them");
  if (logits) return log_sum_exp(x, length) - x[label];
  double sum = 0;
  for (int64_t i = 0; i < length; ++i) sum += limited(x[i]);
  return std::log(sum) - std::log(limited(x[label]));
}

Values sparse_categorical_crossentropy(const Sides& sides, const Config& arguments) {
  const bool logits = sides.logits.has_value() || arguments.flag("from_logits", false);
  const Array lines = with_last(sides.logits ? *sides.logits : sides.prediction, axis_in(arguments));
  Array result = Array::filled({lines.dims.begin(), lines.dims.end() - 1}, 0);
  if (sides.truth.size() != result.size()) {
    throw UsageError("targets of shape " + sides.truth.shape() + " are not one class for each of the predictions of shape " +
                     sides.prediction.shape());
  }
  const bool ignores = arguments.has("ignore_class");
  const int64_t ignored = ignores ? arguments.integer("ignore_class") : 0, length = lines.last();
  Values values{result};
  if (ignores) values.mask = Array::filled(result.dims, 1);
  for (size_t i = 0; i < result.at.size(); ++i) {
    const double truth = sides.truth.at[i];
    const auto label = truth > -0x1p62 && truth < 0x1p62 ? static_cast<int64_t>(truth) : int64_t{-1};
    if (ignores && label == ignored)
      values.mask->at[i] = 0;
    else
      values.values.at[i] = sparse_line(lines.at.data() + static_cast<int64_t>(i) * length, length, label, logits);
  }
  return values;
}

Values kl_divergence(const Sides& sides, const Config&) {
  const Array terms = zip(sides.truth, sides.prediction, [](double t, double p) {
    const double truth = std::clamp(static_cast<float>(t), kEpsilon, 1.0f), q = std::clamp(static_cast<float>(p), kEpsilon, 1.0f);
    return truth * std::log(truth / q);
  });
  return {sum_from(terms, std::max(terms.rank() - 1, 0))};
}

Values poisson(const Sides& sides, const Config&) {
  const auto term = [](double t, double p) { return p - t * std::log(static_cast<float>(p) + kEpsilon); };
  return {mean_over(zip(sides.truth, sides.prediction, term), -1)};
}

// Generalised crossentropy for class numbers.
Values categorical_generalized_cross_entropy(const Sides& sides, const Config& arguments) {
  const double q = arguments.number("q", 0.5, RealRange{0, 1});
  const int64_t classes = sides.prediction.last();
  Array hot = sides.truth;
  hot.dims.push_back(classes);
  hot.at.assign(static_cast<size_t>(sides.truth.size() * classes), 0);
  for (int64_t i = 0; i < sides.truth.size(); ++i) {
    const double label = sides.truth.at[static_cast<size_t>(i)];
    if (label >= 0 && label < static_cast<double>(classes))
      hot.at[static_cast<size_t>(i * classes + static_cast<int64_t>(label))] = 1;
  }
  const Array chosen = zip(sides.prediction, hot, std::multiplies<>());
  return {map(sum_from(chosen, chosen.rank() - 1), [&](double p) { return (1 - std::pow(p, q)) / q; })};
}

}  // namespace

std::span<const FunctionRow> probabilistic_functions() {
  static constexpr std::array kRows{
      FunctionRow{"binary_crossentropy", binary_crossentropy},
      FunctionRow{"binary_focal_crossentropy", binary_focal_crossentropy},
      FunctionRow{"categorical_crossentropy", categorical_crossentropy},
      FunctionRow{"categorical_focal_crossentropy", categorical_focal_crossentropy},
      FunctionRow{"sparse_categorical_crossentropy", sparse_categorical_crossentropy},
      FunctionRow{"kl_divergence", kl_divergence},
      FunctionRow{"poisson", poisson},
      FunctionRow{"categorical_generalized_cross_entropy", categorical_generalized_cross_entropy},
  };
  return kRows;
}

}  // namespace keraunos::loader
