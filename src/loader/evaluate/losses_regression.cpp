#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "loader/evaluate/functions.h"

namespace keraunos::loader {
namespace {

// Keras 3's error functions equalise the ranks themselves, also when a metric calls them.
Array terms_of(const Sides& sides, const std::function<double(double truth, double prediction)>& term) {
  Array truth = sides.truth, prediction = sides.prediction;
  if (sides.keras > 2) to_same_rank(truth, prediction);
  return zip(truth, prediction, term);
}

Array mean_of_lines(const Array& x) { return mean_from(x, std::max(x.rank() - 1, 0)); }

Values mean_squared_error(const Sides& sides, const Config&) {
  return {mean_of_lines(terms_of(sides, [](double t, double p) { return (p - t) * (p - t); }))};
}

Values mean_absolute_error(const Sides& sides, const Config&) {
  return {mean_of_lines(terms_of(sides, [](double t, double p) { return std::abs(p - t); }))};
}

Values mean_absolute_percentage_error(const Sides& sides, const Config&) {
  const auto term = [](double t, double p) { return 100 * std::abs((t - p) / std::max(std::abs(t), double{kEpsilon})); };
  return {mean_of_lines(terms_of(sides, term))};
}

Values mean_squared_logarithmic_error(const Sides& sides, const Config&) {
  const auto log_of = [](double x) { return std::log(std::max(x, double{kEpsilon}) + 1); };
  return {mean_of_lines(terms_of(sides, [&](double t, double p) {
    const double difference = log_of(p) - log_of(t);
    return difference * difference;
  }))};
}

Values huber(const Sides& sides, const Config& arguments) {
  const double delta = arguments.number("delta", 1);
  return {mean_of_lines(terms_of(sides, [&](double t, double p) {
    const double error = std::abs(p - t);
    return error <= delta ? 0.5 * error * error : delta * error - 0.5 * delta * delta;
  }))};
}

Values log_cosh(const Sides& sides, const Config&) {
  return {mean_of_lines(terms_of(sides, [](double t, double p) {
    const double x = std::abs(p - t);
    return x + std::log1p(std::exp(-2 * x)) - std::numbers::ln2;
  }))};
}

double norm_of(const double* x, int64_t length, int keras) {
  double sum = 0;
  for (int64_t i = 0; i < length; ++i) sum += x[i] * x[i];
  return keras == 2 ? std::sqrt(std::max(sum, 1e-12)) : std::max(std::sqrt(sum), double{kEpsilon});
}

Array cosine(const Sides& sides, const Config& arguments) {
  const int64_t axis = arguments.has("axis") ? arguments.integer("axis", Range{-Dims::kMaxRank, Dims::kMaxRank - 1}) : -1;
  Array truth = sides.truth, prediction = sides.prediction;
  if (sides.keras > 2) to_same_rank(truth, prediction);
  const std::vector<int64_t> dims = common_dims(truth, prediction);
  truth = with_last(broadcast(truth, dims), axis), prediction = with_last(broadcast(prediction, dims), axis);
  const double* t = truth.at.data();
  return by_line(prediction, [&](const double* p, int64_t length) {
    double product = 0;
    for (int64_t i = 0; i < length; ++i) product += t[i] * p[i];
    product /= norm_of(t, length, sides.keras) * norm_of(p, length, sides.keras);
    t += length;
    return product;
  });
}

Values cosine_loss(const Sides& sides, const Config& arguments) { return {map(cosine(sides, arguments), std::negate<>())}; }
Values cosine_metric(const Sides& sides, const Config& arguments) { return {cosine(sides, arguments)}; }

}  // namespace

std::span<const FunctionRow> regression_functions() {
  static constexpr std::array kRows{
      FunctionRow{"mean_squared_error", mean_squared_error},
      FunctionRow{"mean_absolute_error", mean_absolute_error},
      FunctionRow{"mean_absolute_percentage_error", mean_absolute_percentage_error},
      FunctionRow{"mean_squared_logarithmic_error", mean_squared_logarithmic_error},
      FunctionRow{"huber", huber},
      FunctionRow{"log_cosh", log_cosh},
      FunctionRow{"cosine_similarity", cosine_loss},
      FunctionRow{"metrics.cosine_similarity", cosine_metric},
  };
  return kRows;
}

}  // namespace keraunos::loader
