#include <array>
#include <cmath>

#include "loader/evaluate/functions.h"

namespace keraunos::loader {
namespace {

struct Moments {
  double mean_t = 0, mean_p = 0, var_t = 0, var_p = 0;
};

Moments moments_of(const double* t, const double* p, int64_t length) {
  Moments m;
  const auto count = static_cast<double>(length);
  for (int64_t i = 0; i < length; ++i) m.mean_t += t[i] / count, m.mean_p += p[i] / count;
  for (int64_t i = 0; i < length; ++i) {
    m.var_t += (t[i] - m.mean_t) * (t[i] - m.mean_t) / count;
    m.var_p += (p[i] - m.mean_p) * (p[i] - m.mean_p) / count;
  }
  return m;
}

Values over_axis(const Sides& sides, const Config& arguments, double (*f)(const double* t, const double* p, int64_t length)) {
  const int64_t axis = arguments.has("axis") ? arguments.integer("axis", Range{-Dims::kMaxRank, Dims::kMaxRank - 1}) : -1;
  Array truth = sides.truth, prediction = sides.prediction;
  to_same_rank(truth, prediction);
  const std::vector<int64_t> dims = common_dims(truth, prediction);
  truth = with_last(broadcast(truth, dims), axis), prediction = with_last(broadcast(prediction, dims), axis);
  const double* t = truth.at.data();
  return {by_line(prediction, [&](const double* p, int64_t length) {
    const double value = f(t, p, length);
    t += length;
    return value;
  })};
}

double pearson(const double* t, const double* p, int64_t length) {
  const Moments m = moments_of(t, p, length);
  double sum = 0;
  for (int64_t i = 0; i < length; ++i) sum += (t[i] - m.mean_t) / std::sqrt(m.var_t) * ((p[i] - m.mean_p) / std::sqrt(m.var_p));
  return sum / static_cast<double>(length);
}

// Uses the mean of the predictions for both operands, as Keras 3.15.
double concordance(const double* t, const double* p, int64_t length) {
  const Moments m = moments_of(t, p, length);
  const double norm = m.var_t + m.var_p + (m.mean_t - m.mean_p) * (m.mean_t - m.mean_p);
  double sum = 0;
  for (int64_t i = 0; i < length; ++i) sum += 2 * (t[i] - m.mean_p) * (p[i] - m.mean_p) / (norm + kEpsilon);
  return sum / static_cast<double>(length);
}

Values pearson_correlation(const Sides& sides, const Config& arguments) { return over_axis(sides, arguments, pearson); }
Values concordance_correlation(const Sides& sides, const Config& arguments) { return over_axis(sides, arguments, concordance); }

}  // namespace

std::span<const FunctionRow> correlation_functions() {
  static constexpr std::array kRows{
      FunctionRow{"pearson_correlation", pearson_correlation},
      FunctionRow{"concordance_correlation", concordance_correlation},
  };
  return kRows;
}

}  // namespace keraunos::loader
