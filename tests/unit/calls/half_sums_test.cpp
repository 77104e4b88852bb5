// Sums of 16-bit numbers are computed in float32 and rounded once: every result is within half a unit in the last place of a
// float64 computation, plus a hundredth for float32's own rounding. A sum rounded to 16 bits on the way would be off by many
// units.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "altered.h"
#include "device_under_test.h"
#include "golden/golden.h"
#include "keraunos/keraunos.h"

namespace keraunos::half_sums {  // a namespace of its own, because other tests also define rows and steps
namespace {

constexpr int64_t kRows = 3, kSteps = 60, kFeatures = 50, kElements = kSteps * kFeatures;
constexpr int64_t kUnits = 4;

/// Computes the result from an input (rows, steps, features), row by row.
using Reference = std::function<std::vector<double>(const std::vector<double>& row)>;

struct Op {
  const char* name;
  std::function<Value(Lowering&, Value x)> lower;
  Reference reference;
  double least = 0, most = 2;  ///< the range of the inputs
};

using Each = std::function<double(const std::vector<double>& values)>;

// Applies `each` over the given axes of a row.
Reference over(std::vector<int> axes, Each each) {
  return [axes, each](const std::vector<double>& row) {
    std::vector<double> results;
    const bool steps = std::find(axes.begin(), axes.end(), 1) != axes.end(),
               features = std::find(axes.begin(), axes.end(), 2) != axes.end();
    const int64_t kept = steps && features ? 1 : steps ? kFeatures : kSteps;
    for (int64_t i = 0; i < kept; ++i) {
      std::vector<double> values;
      for (int64_t at = 0; at < kElements; ++at) {
        if ((steps || at / kFeatures == i) && (features || at % kFeatures == i)) values.push_back(row[static_cast<size_t>(at)]);
      }
      results.push_back(each(values));
    }
    return results;
  };
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum;
}
double mean_of(const std::vector<double>& values) { return sum_of(values) / static_cast<double>(values.size()); }
double product_of(const std::vector<double>& values) {
  double product = 1;
  for (double value : values) product *= value;
  return product;
}
double largest_of(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

// Changes each row of features.
Reference by_step(std::function<void(std::vector<double>&)> change) {
  return [change](const std::vector<double>& row) {
    std::vector<double> results;
    for (int64_t step = 0; step < kSteps; ++step) {
      const auto begin = row.begin() + step * kFeatures;
      std::vector<double> features(begin, begin + kFeatures);
      change(features);
      results.insert(results.end(), features.begin(), features.end());
    }
    return results;
  };
}

void softmax(std::vector<double>& x) {
  const double most = largest_of(x);
  for (double& value : x) value = std::exp(value - most);
  const double sum = sum_of(x);
  for (double& value : x) value /= sum;
}

void log_softmax(std::vector<double>& x) {
  const double most = largest_of(x);
  double sum = 0;
  for (double value : x) sum += std::exp(value - most);
  for (double& value : x) value = value - most - std::log(sum);
}

void normalise(std::vector<double>& x) {
  const double mean = mean_of(x);
  double squares = 0;
  for (double value : x) squares += (value - mean) * (value - mean);
  const double scale = 1 / std::sqrt(squares / static_cast<double>(x.size()) + 1e-3);
  for (double& value : x) value = (value - mean) * scale;
}

void celu(std::vector<double>& x) {
  for (double& value : x) value = std::max(value, 0.0) - 0.7 * std::expm1(std::min(value, 0.0) / -0.7);
}

// (i + u) % 5 − 2: exact in all types.
double weight(int64_t inner, int64_t unit) { return static_cast<double>((inner * 7 + unit) % 5 - 2) + 0.5; }

Value weights(Lowering& l, DType type) {
  Tensor kernel(DType::float32, Dims{kElements, kUnits});
  for (int64_t i = 0; i < kElements * kUnits; ++i)
    kernel.mutable_values<float>()[static_cast<size_t>(i)] = static_cast<float>(weight(i / kUnits, i % kUnits));
  return l.cast(l.constant(kernel), type);
}

std::vector<double> multiplied(const std::vector<double>& row) {
  std::vector<double> y(kUnits);
  for (int64_t i = 0; i < kElements * kUnits; ++i)
    y[static_cast<size_t>(i % kUnits)] += row[static_cast<size_t>(i / kUnits)] * weight(i / kUnits, i % kUnits);
  return y;
}

constexpr int64_t kWindow = 15;

Reference pooled(Each each) {
  return [each](const std::vector<double>& row) {
    std::vector<double> results;
    for (int64_t window = 0; window < kSteps / kWindow; ++window) {
      for (int64_t feature = 0; feature < kFeatures; ++feature) {
        std::vector<double> values;
        for (int64_t i = 0; i < kWindow; ++i)
          values.push_back(row[static_cast<size_t>((window * kWindow + i) * kFeatures + feature)]);
        results.push_back(each(values));
      }
    }
    return results;
  };
}

Op reduction(const char* name, Reduction kind, std::vector<int> axes, const Each& each, double least = 0, double most = 2) {
  return {name, [kind, axes](Lowering& l, Value x) { return l.reduce(kind, x, axes); }, over(axes, each), least, most};
}

const Window kPool{.size = {kWindow, 1, 1}, .stride = {kWindow, 1, 1}};

std::vector<Op> ops() {
  return {
      reduction("SumOfFeatures", Reduction::sum, {2}, sum_of, -1, 3),
      reduction("SumOfSteps", Reduction::sum, {1}, sum_of, -1, 3),
      reduction("SumOfAll", Reduction::sum, {1, 2}, sum_of),
      reduction("MeanOfFeatures", Reduction::mean, {2}, mean_of),
      reduction("MeanOfSteps", Reduction::mean, {1}, mean_of),
      reduction("MeanOfMoreThanFloat16Holds", Reduction::mean, {1, 2}, mean_of, 40, 60),
      reduction("MaximumOfSteps", Reduction::maximum, {1}, largest_of, -2, 2),
      reduction("ProductOfFeatures", Reduction::product, {2}, product_of, 0.875, 1.125),
      reduction("ProductOfSteps", Reduction::product, {1}, product_of, 0.875, 1.125),
      {"Softmax", [](Lowering& l, Value x) { return l.softmax(x, -1); }, by_step(softmax), -4, 4},
      {"LogSoftmax", [](Lowering& l, Value x) { return l.log_softmax(x, -1); }, by_step(log_softmax), -4, 4},
      {"LayerNorm", [](Lowering& l, Value x) { return l.layer_norm(x, {}, {}, 1, 1e-3); }, by_step(normalise), -4, 8},
      // Keras rounds x / alpha to 16 bits before the exponential, and a negative alpha makes that rounding grow: its results are
      // up to 3 % off. Ours are float64's.
      {"CeluOfANegativeAlpha", [](Lowering& l, Value x) { return l.unary(Function::celu, x, -0.7); }, by_step(celu), -4, 4},
      {"AveragePool", [](Lowering& l, Value x) { return l.average_pool(x, kPool); }, pooled(mean_of)},
      {"MaxPool", [](Lowering& l, Value x) { return l.max_pool(x, kPool); }, pooled(largest_of), -2, 2},
      {"MatMul",
       [](Lowering& l, Value x) {
         return l.matmul(l.reshape(x, {l.dim(x, 0), {kElements}}), weights(l, l.dtype(x)));
       },
       multiplied},
  };
}

/// The distance between neighbouring numbers of that type at `value`.
double unit_at(double value, DType type) {
  const int digits = type == DType::float16 ? 10 : 7, least = type == DType::float16 ? -14 : -126;
  const int exponent = value == 0 ? least : std::max(std::ilogb(value), least);
  return std::ldexp(1.0, exponent - digits);
}

double element(const Tensor& tensor, size_t i) {
  return tensor.dtype() == DType::float16 ? static_cast<double>(static_cast<float>(tensor.values<float16>()[i]))
                                          : static_cast<double>(static_cast<float>(tensor.values<bfloat16>()[i]));
}

// Numbers that bfloat16 represents: 8 significant bits.
std::vector<float> inputs_of(const Op& op) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(op.least, op.most);
  std::vector<float> x;
  for (int64_t i = 0; i < kRows * kElements; ++i) {
    const double value = uniform(random), unit = unit_at(value, DType::bfloat16);
    x.push_back(static_cast<float>(std::round(value / unit) * unit));
  }
  return x;
}

class HalfSums : public testing::TestWithParam<std::tuple<size_t, DType>> {};

TEST_P(HalfSums, AreRoundedOnce) {
  const auto& [index, type] = GetParam();
  const Op op = ops()[index];
  LayerDef layer{.classes = {"Op"}, .keys = {}, .weights = {}, .children = {}, .lower = {}, .autocast = false};
  layer.lower = [&op, wanted = type](Lowering& l) -> std::vector<Traced> {
    return {{op.lower(l, l.cast(l.input().value, wanted)), {}}};
  };
  CustomObjects custom;
  custom.layer(std::move(layer));
  const Folder folder;
  const auto file = folder.write(
      "model.json", R"({"class_name": "Sequential", "keras_version": "3.15.1", "config": {"name": "model", "layers": [
      {"class_name": "InputLayer", "config": {"batch_shape": [null, 60, 50], "dtype": "float32", "name": "in"}},
      {"class_name": "Op", "config": {"name": "op"}}]}})");
  const Model model =
      golden::load_synthetic(file, {.custom_objects = custom, .device = device_under_test(), .precision = Precision::float32}, 1);
  const std::vector<float> x = inputs_of(op);
  const Tensor y = model.predict({x, {kRows, kSteps, kFeatures}});
  ASSERT_EQ(y.dtype(), type);
  size_t at = 0;
  double worst = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    const auto begin = x.begin() + row * kElements;
    for (double expected : op.reference({begin, begin + kElements})) {
      worst = std::max(worst, std::abs(element(y, at++) - expected) / unit_at(expected, type));
    }
  }
  EXPECT_EQ(static_cast<int64_t>(at), y.dims().elements());
  EXPECT_LE(worst, 0.51) << "units in the last place";
}

INSTANTIATE_TEST_SUITE_P(OfBothTypes, HalfSums,
                         testing::Combine(testing::Range(size_t{0}, ops().size()),
                                          testing::Values(DType::float16, DType::bfloat16)),
                         [](const auto& tested) {
                           return ops()[std::get<0>(tested.param)].name + std::string(name_of(std::get<1>(tested.param)));
                         });

}  // namespace
}  // namespace keraunos::half_sums
