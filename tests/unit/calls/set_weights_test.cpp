// Model::weights and Model::set_weights. The order is that of real Keras's get_weights() (tests/saving/record_weight_order.py).
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "recorded.h"
#include "unit/expect_error.h"

namespace keraunos {
namespace {

std::vector<TensorView> views_of(const std::vector<Tensor>& tensors) { return {tensors.begin(), tensors.end()}; }

// By the names that weights() gives.
Tensor weight_named(const Model& model, const std::string& name) {
  const size_t slash = name.rfind('/');
  return model.get_layer(name.substr(0, slash)).weight(name.substr(slash + 1));
}

std::vector<Tensor> values_of(const Model& model, std::string_view layer = {}) {
  std::vector<Tensor> values;
  for (const TensorSpec& spec : model.weights(layer)) values.push_back(weight_named(model, spec.name));
  return values;
}

double sum_of(const Tensor& tensor) {
  const auto sum = [](auto numbers) {
    double total = 0;
    for (const auto number : numbers) total += static_cast<double>(number);
    return total;
  };
  if (tensor.dtype() == DType::int8) return sum(tensor.values<int8_t>());
  return sum(tensor.values<float>());
}

std::string line_of(const Tensor& tensor) {
  std::string shape;
  for (const int64_t extent : tensor.dims()) shape += (shape.empty() ? "" : "x") + std::to_string(extent);
  return shape.empty() ? "scalar" : shape;
}

class WeightOrder : public testing::TestWithParam<std::string> {};

TEST_P(WeightOrder, IsThatOfKeras) {
  std::ifstream stream(data_folder() / "saving" / GetParam());
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<std::string, double>>> expected;
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string name, layer, shape;
    double sum = 0;
    words >> name >> layer >> shape >> sum;
    expected[{name, layer == "-" ? "" : layer}].emplace_back(shape, sum);
  }
  ASSERT_GT(expected.size(), 15u);
  std::map<std::string, Model> models;
  for (const auto& [place, weights] : expected) {
    const auto& [name, layer] = place;
    if (!models.contains(name)) models.emplace(name, Recorded(name).load());
    const std::vector<Tensor> values = values_of(models.at(name), layer);
    ASSERT_EQ(values.size(), weights.size()) << name << ' ' << layer;
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(line_of(values[i]), weights[i].first) << name << ' ' << layer << ' ' << i;
      EXPECT_NEAR(sum_of(values[i]), weights[i].second, 1e-5 * std::max(1.0, std::abs(weights[i].second)))
          << name << ' ' << layer << ' ' << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kerases, WeightOrder, testing::Values("weight_order_k2.txt", "weight_order_k3.txt"),
                         [](const auto& test) { return test.param.substr(13, 2); });

TEST(SetWeights, GivesAModelWithTheseValues) {
  for (const char* name : {"doc_example_k2_h5", "topology_nested_deep_k3", "bidirectional_cells_masked_k2", "mha_cross_k3"}) {
    const Recorded recorded(name);
    const Model model = recorded.load();
    const golden::Case golden = golden::Case::read(case_folder(name));
    const Model other = golden::load_synthetic(golden.model, {.device = device_under_test(), .precision = Precision::float32}, 5);
    const NamedViews inputs = recorded.inputs(model, recorded.rows());
    const Named before = other.predict(inputs);
    const std::vector<Tensor> values = values_of(model);
    const Model changed = other.set_weights(views_of(values));
    EXPECT_TRUE(same(changed.predict(inputs), model.predict(inputs))) << name;
    EXPECT_TRUE(same(other.predict(inputs), before)) << name << ": the model itself changed";
    EXPECT_FALSE(same(before, model.predict(inputs))) << name << ": the two models are equal";
  }
}

TEST(SetWeights, SharesWhatItDoesNotReplace) {
  const Recorded recorded("doc_example_k3");
  const Model model = recorded.load();
  std::vector<Tensor> values = values_of(model, "dense");
  for (float& number : values.at(0).mutable_values<float>()) number *= 2;
  const Model changed = model.set_weights(views_of(values), "dense");
  EXPECT_TRUE(same(weight_named(changed, "dense/kernel"), values[0]));
  EXPECT_FALSE(same(weight_named(model, "dense/kernel"), values[0]));
  const Model same_again = changed.set_weights(views_of(values_of(model)));
  const NamedViews inputs = recorded.inputs(model, recorded.rows());
  EXPECT_TRUE(same(same_again.predict(inputs), model.predict(inputs)));
  EXPECT_FALSE(same(changed.predict(inputs), model.predict(inputs)));
}

TEST(SetWeights, ConvertsNumbersAsKerasDoes) {
  const Model model = Recorded("doc_example_k3").load();
  const std::vector<Tensor> values = values_of(model, "dense");
  std::vector<Tensor> doubles;
  for (const Tensor& value : values) {
    Tensor& wide = doubles.emplace_back(DType::float64, value.dims());
    for (size_t i = 0; i < value.values<float>().size(); ++i) wide.mutable_values<double>()[i] = value.values<float>()[i];
  }
  const Model changed = model.set_weights(views_of(doubles), "dense");
  EXPECT_TRUE(same(weight_named(changed, "dense/kernel"), values[0]));
}

TEST(SetWeights, RefusesWhatDoesNotFit) {
  const Model model = Recorded("doc_example_k3").load();
  const std::vector<Tensor> values = values_of(model, "dense");
  const std::vector<TensorView> views = views_of(values), one = {views[0]}, swapped = {views[1], views[0]};
  expect_error<UsageError>([&] { return model.set_weights(one, "dense"); },
                           "set_weights() of layer \"dense\" was given 1 weights, expected 2");
  expect_error<UsageError>([&] { return model.set_weights(swapped, "dense"); },
                           "weight 0 for set_weights(), \"dense/kernel\", should have the shape");
  expect_error<UsageError>([&] { return model.set_weights(views, "dens"); }, "did you mean");
  expect_error<UsageError>([&] { return model.with_outputs({"dense"}).set_weights(views, "dense"); },
                           "this one was made by with_outputs()");
}

}  // namespace
}  // namespace keraunos
