#include <algorithm>
#include <array>
#include <cmath>

#include "loader/evaluate/functions.h"

namespace keraunos::loader {
namespace {

// Targets that are all 0 or 1 are converted to −1 and 1.
Array signed_targets(const Array& truth) {
  const bool binary = std::all_of(truth.at.begin(), truth.at.end(), [](double t) { return t == 0 || t == 1; });
  return binary ? map(truth, [](double t) { return 2 * t - 1; }) : truth;
}

Array margins(const Sides& sides) {
  return zip(signed_targets(sides.truth), sides.prediction, [](double t, double p) { return std::max(1 - t * p, 0.0); });
}

Values hinge(const Sides& sides, const Config&) {
  const Array terms = margins(sides);
  return {mean_from(terms, std::max(terms.rank() - 1, 0))};
}

Values squared_hinge(const Sides& sides, const Config&) {
  const Array terms = map(margins(sides), [](double x) { return x * x; });
  return {mean_from(terms, std::max(terms.rank() - 1, 0))};
}

Values categorical_hinge(const Sides& sides, const Config&) {
  const std::vector<int64_t> dims = common_dims(sides.truth, sides.prediction);
  const Array truth = broadcast(sides.truth, dims), prediction = broadcast(sides.prediction, dims);
  const double* t = truth.at.data();
  return {by_line(prediction, [&](const double* p, int64_t length) {
    double right = 0, wrong = -std::numeric_limits<double>::infinity();
    for (int64_t i = 0; i < length; ++i) right += t[i] * p[i], wrong = std::max(wrong, (1 - t[i]) * p[i]);
    t += length;
    return std::max(wrong - right + 1, 0.0);
  })};
}

}  // namespace

std::span<const FunctionRow> hinge_functions() {
  static constexpr std::array kRows{
      FunctionRow{"hinge", hinge},
      FunctionRow{"squared_hinge", squared_hinge},
      FunctionRow{"categorical_hinge", categorical_hinge},
  };
  return kRows;
}

}  // namespace keraunos::loader
