// Values of a config with which Keras computes, however odd, give Keras's results. Every value here was tried with real
// Keras 2.15 and 3.15.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "altered.h"
#include "golden/golden.h"
#include "keraunos/keraunos.h"
#include "unit/api/one_layer_model.h"

namespace keraunos {
namespace {

class OddValues : public testing::Test {
 protected:
  Tensor predicted(const LayerText& layer, std::vector<float> x, Dims dims) const {
    const Model model = golden::load_synthetic(folder.write("model.json", one_layer_model(layer)), {.device = Device{}}, 1);
    return model.predict(TensorView{x, dims}).clone();
  }
  const Folder folder;
};

void expect_values(const Tensor& found, const std::vector<float>& expected) {
  ASSERT_EQ(found.values<float>().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const float value = found.values<float>()[i];
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(value)) << i << ": " << value;
    else
      EXPECT_FLOAT_EQ(value, expected[i]) << i;
  }
}

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();

TEST_F(OddValues, AnInfiniteSlopeTimesZeroIsNaN) {
  const std::vector<float> x{-1, 0, 0.5, 2}, leaky{-kInfinity, kNaN, 0.5, 2};
  expect_values(predicted({"LeakyReLU", R"("negative_slope": Infinity)"}, x, {1, 4}), leaky);
  expect_values(predicted({"ReLU", R"("negative_slope": 1e40)", 2}, x, {1, 4}), leaky);
}

TEST_F(OddValues, Keras2TakesNegativeSlopesAndCropsVolumesToNothing) {
  expect_values(predicted({"LeakyReLU", R"("alpha": -0.5)", 2}, {-1, 0, 0.5, 2}, {1, 4}), {0.5, 0, 0.5, 2});
  const LayerText volume{"Cropping3D", R"("cropping": [[2, 2], [0, 0], [0, 0]])", 2, kVolumes};
  EXPECT_EQ(predicted(volume, std::vector<float>(512, 1.0f), {1, 4, 8, 8, 2}).dims(), (Dims{1, 0, 8, 8, 2}));
}

TEST_F(OddValues, WhatIsNoNumberGoesOn) {
  const std::vector<float> x{-1, 0, 0.5, 2}, all(4, kNaN);
  for (int keras : {2, 3}) expect_values(predicted({"ReLU", R"("max_value": NaN)", keras}, x, {1, 4}), all);
  const LayerText dense{"Dense", R"("units": 4, "activation": {"class_name": "ReLU", "config": {"max_value": NaN}})", 2};
  expect_values(predicted(dense, x, {1, 4}), all);  // after a product, whose kernels have a relu with a limit
  expect_values(predicted({"ThresholdedReLU", R"("theta": 1.0)", 2}, {kNaN, -kInfinity, 0.5, 2}, {1, 4}), {kNaN, kNaN, 0, 2});
}

TEST_F(OddValues, NoAxisOfASoftmaxIsAllAxes) {
  const std::vector<float> x{-2, -1.5f, -1, -0.5f, 0, 0.5f, 1, 1.5f};
  double sum = 0;
  for (float value : x) sum += std::exp(double{value});
  std::vector<float> expected;
  for (float value : x) expected.push_back(static_cast<float>(std::exp(double{value}) / sum));
  for (int keras : {2, 3}) expect_values(predicted({"Softmax", R"("axis": null)", keras}, x, {2, 4}), expected);
}

// Keras 2 uses "groups or 1" in Conv1D, and ignores the groups of classes that have none.
TEST_F(OddValues, Keras2IgnoresGroups) {
  const std::vector<float> x(32, 1.0f);
  for (const char* groups : {"0", "[]", "null"}) {
    const std::string config = std::string(R"("filters": 2, "kernel_size": 2, "groups": )") + groups;
    EXPECT_EQ(predicted({"Conv1D", config.c_str(), 2, kEightSteps}, x, {1, 8, 4}).dims(), (Dims{1, 7, 2}));
  }
  const LayerText deep{"DepthwiseConv1D", R"("kernel_size": 2, "groups": 7)", 2, kEightSteps};
  EXPECT_EQ(predicted(deep, x, {1, 8, 4}).dims(), (Dims{1, 7, 4}));
  const LayerText separable{"SeparableConv1D", R"("filters": 2, "kernel_size": 2, "groups": 2)", 2, kEightSteps};
  EXPECT_EQ(predicted(separable, x, {1, 8, 4}).dims(), (Dims{1, 7, 2}));
}

TEST_F(OddValues, BiasAxesMayBeAList) {
  const LayerText layer{"EinsumDense", R"("equation": "abc,cd->abd", "output_shape": [null, 5], "bias_axes": ["d"])", 3,
                        kEightSteps};
  EXPECT_EQ(predicted(layer, std::vector<float>(32, 1.0f), {1, 8, 4}).dims(), (Dims{1, 8, 5}));
}

TEST_F(OddValues, Keras3InfersAnExtentOfNull) {
  const std::vector<float> x(24, 1.0f);
  EXPECT_EQ(predicted({"Reshape", R"("target_shape": [null, 4])", 3, "[null, 12]"}, x, {2, 12}).dims(), (Dims{2, 3, 4}));
  EXPECT_THROW(predicted({"Reshape", R"("target_shape": [null, 4])", 2, "[null, 12]"}, x, {2, 12}), ModelError);
}

// Keras 2 multiplies by the mask, Keras 3 selects.
TEST_F(OddValues, AMaskedZeroHasTheSignOfTheMaskedNumberInKeras2) {
  for (int keras : {2, 3}) {
    const Tensor y = predicted({"Masking", R"("mask_value": -1.5)", keras, "[null, 2, 1]"}, {-1.5f, -2}, {1, 2, 1});
    EXPECT_EQ(std::signbit(y.values<float>()[0]), keras == 2);
    expect_values(y, {0, -2});
  }
}

TEST_F(OddValues, Keras2DoesNotReadTheRateOfADropoutAtInference) {
  const std::vector<float> x{-1, 0, 0.5, 2};
  expect_values(predicted({"Dropout", R"("rate": null)", 2}, x, {1, 4}), x);
  expect_values(predicted({"GaussianNoise", R"("stddev": null)", 2}, x, {1, 4}), x);
}

TEST_F(OddValues, Keras2IgnoresTimeMajorOfConvLSTM) {
  const LayerText layer{"ConvLSTM1D", R"("filters": 2, "kernel_size": 2, "time_major": true)", 2, "[null, 3, 5, 2]"};
  EXPECT_EQ(predicted(layer, std::vector<float>(60, 1.0f), {2, 3, 5, 2}).dims(), (Dims{2, 4, 2}));
}

// Python treats None as False.
TEST_F(OddValues, NoBiasWhereItIsNull) {
  const LayerText layer{"Dense", R"("units": 2, "use_bias": null)"};
  const Model model = golden::load_synthetic(folder.write("model.json", one_layer_model(layer)), {.device = Device{}}, 1);
  EXPECT_EQ(model.get_layer("it").weights().size(), 1u);
}

TEST_F(OddValues, PaddingAndDataFormatMayBeUpperCase) {
  const LayerText layer{"Conv1D", R"("filters": 2, "kernel_size": 2, "padding": "SAME", "data_format": "Channels_Last")", 3,
                        kEightSteps};
  EXPECT_EQ(predicted(layer, std::vector<float>(32, 1.0f), {1, 8, 4}).dims(), (Dims{1, 8, 2}));
}

}  // namespace
}  // namespace keraunos
