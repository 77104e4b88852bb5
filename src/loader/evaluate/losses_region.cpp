// Losses of images, embeddings and sequences that exist only in Keras 3: dice, tversky, circle, ctc.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "keraunos/error.h"
#include "loader/evaluate/functions.h"

namespace keraunos::loader {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// Sums over the axes in `axis`: all, one or several.
Array sum_over(const Array& x, const Config& arguments) {
  if (!arguments.has("axis")) return Array::number(sum_of(x));
  std::vector<int64_t> axes = arguments.integers("axis", 1, Range{-Dims::kMaxRank, Dims::kMaxRank - 1});
  for (int64_t& axis : axes) axis += axis < 0 ? x.rank() : 0;
  std::sort(axes.rbegin(), axes.rend());
  Array sums = x;
  for (const int64_t axis : axes) sums = sum_from(with_last(sums, axis), sums.rank() - 1);
  return sums;
}

Array products(const Array& a, const Array& b) { return zip(a, b, std::multiplies<>()); }

Values dice(const Sides& sides, const Config& arguments) {
  const Array both = sum_over(products(sides.truth, sides.prediction), arguments);
  const Array all = zip(sum_over(sides.truth, arguments), sum_over(sides.prediction, arguments), std::plus<>());
  return {zip(both, all, [](double i, double sum) { return 1 - 2 * i / (sum + kEpsilon); })};
}

Values tversky(const Sides& sides, const Config& arguments) {
  const double alpha = arguments.number("alpha", 0.5), beta = arguments.number("beta", 0.5);
  const auto rest = [](double x, double y) { return x * (1 - y); };
  const Array both = sum_over(products(sides.truth, sides.prediction), arguments);
  const Array missed = sum_over(zip(sides.truth, sides.prediction, rest), arguments);
  const Array invented = sum_over(zip(sides.prediction, sides.truth, rest), arguments);
  const Array faults = zip(missed, invented, [&](double m, double i) { return alpha * m + beta * i; });
  return {zip(both, faults, [](double i, double f) { return 1 - i / (i + f + kEpsilon); })};
}

double log_sum_exp(const std::vector<double>& x) {
  const double most = x.empty() ? kNever : *std::max_element(x.begin(), x.end());
  if (most == kNever) return kNever;
  double sum = 0;
  for (const double value : x) sum += std::exp(value - most);
  return most + std::log(sum);
}

double distance(const Array& embeddings, int64_t a, int64_t b) {
  const int64_t length = embeddings.last();
  double product = 0;
  for (int64_t i = 0; i < length; ++i)
    product += embeddings.at[static_cast<size_t>(a * length + i)] * embeddings.at[static_cast<size_t>(b * length + i)];
  return std::max(1 - product, 0.0);
}

Values circle(const Sides& sides, const Config& arguments) {
  const double gamma = arguments.number("gamma", 80), margin = arguments.number("margin", 0.4);
  const bool without_itself = arguments.flag("remove_diagonal", true);
  const int64_t rows = sides.truth.size();
  if (sides.prediction.rank() != 2 || sides.prediction.dims[0] != rows)
    throw UsageError("circle expects an embedding and a class for each row, found " + sides.prediction.shape() + " and " +
                     sides.truth.shape());
  Values values{Array::filled({rows}, 0), Array::filled({rows}, 0)};
  for (int64_t a = 0; a < rows; ++a) {
    std::vector<double> near, far;
    for (int64_t b = 0; b < rows; ++b) {
      const double d = distance(sides.prediction, a, b);
      const bool same = sides.truth.at[static_cast<size_t>(a)] == sides.truth.at[static_cast<size_t>(b)];
      if (!same) far.push_back(gamma * std::max(1 + margin - d, 0.0) * (1 - margin - d));
      if (same && (a != b || !without_itself)) near.push_back(-gamma * (margin + d) * (margin - d));
    }
    const double sum = log_sum_exp(near) + log_sum_exp(far);
    const double loss = std::max(sum, 0.0) + std::log1p(std::exp(-std::abs(sum)));
    values.values.at[static_cast<size_t>(a)] = loss;
    values.mask->at[static_cast<size_t>(a)] = loss > 0 ? 1 : 0;
  }
  return values;
}

double add_logs(double a, double b) {
  const double most = std::max(a, b);
  return most == kNever ? kNever : most + std::log(std::exp(a - most) + std::exp(b - most));
}

// The probability of all alignments of the labels to the steps, with blanks (class 0) between them and repeated classes.
double ctc_row(const std::vector<int64_t>& labels, const double* logits, int64_t steps, int64_t classes) {
  std::vector<int64_t> path{0};
  for (const int64_t label : labels) path.push_back(label), path.push_back(0);
  std::vector<double> log_p(path.size(), kNever);
  for (int64_t step = 0; step < steps; ++step) {
    const double* x = logits + step * classes;
    const double all = log_sum_exp({x, x + classes});
    std::vector<double> next(path.size(), kNever);
    for (size_t i = 0; i < path.size(); ++i) {
      double before = step == 0 ? (i < 2 ? 0 : kNever) : log_p[i];
      if (step > 0 && i > 0) before = add_logs(before, log_p[i - 1]);
      if (step > 0 && i > 1 && path[i] != 0 && path[i] != path[i - 2]) before = add_logs(before, log_p[i - 2]);
      next[i] = before + x[path[i]] - all;
    }
    log_p = std::move(next);
  }
  return -(path.size() > 1 ? add_logs(log_p.back(), log_p[path.size() - 2]) : log_p.back());
}

Values ctc(const Sides& sides, const Config&) {
  const Array &truth = sides.truth, &x = sides.prediction;
  if (truth.rank() != 2 || x.rank() != 3 || truth.dims[0] != x.dims[0])
    throw UsageError("ctc expects targets (rows, labels) and predictions (rows, steps, classes), found " + truth.shape() +
                     " and " + x.shape());
  const int64_t steps = x.dims[1], classes = x.dims[2];
  Values values{Array::filled({x.dims[0]}, 0)};
  for (int64_t row = 0; row < x.dims[0]; ++row) {
    std::vector<int64_t> labels;
    const auto first = truth.at.begin() + row * truth.dims[1], last = first + truth.dims[1];
    const auto count = std::count_if(first, last, [](double label) { return label != 0; });
    for (auto at = first; at != first + count; ++at) {
      if (!(*at >= 0 && *at < static_cast<double>(classes)))  // NaN is no class either
        throw DataError("target " + std::to_string(*at) + " is no class: the model predicts " + std::to_string(classes) +
                        " of them");
      labels.push_back(static_cast<int64_t>(*at));
    }
    values.values.at[static_cast<size_t>(row)] = ctc_row(labels, x.at.data() + row * steps * classes, steps, classes);
  }
  return values;
}

}  // namespace

std::span<const FunctionRow> region_functions() {
  static constexpr std::array kRows{
      FunctionRow{"dice", dice},
      FunctionRow{"tversky", tversky},
      FunctionRow{"circle", circle},
      FunctionRow{"ctc", ctc},
  };
  return kRows;
}

}  // namespace keraunos::loader
