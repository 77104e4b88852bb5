// The real cuDNN finalises plans of convolutions for a GPU of which it has only a description, without driver and GPU. So a graph
// that no precompiled engine supports is found before it runs on a GPU, and the stand-in's table of engines
// (tests/standin/cudnn_engines.cpp) is checked. Links libcudnn, never the stand-in.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "folders.h"
#include "keraunos/error.h"
#include "kernels/cuda/cudnn/convolution.h"

namespace keraunos::cuda::tests {
namespace {

/// The recorded description of an H200; empty when the file is missing.
std::string description() {
  const char* const folder = std::getenv("KERAUNOS_SHARED");
  const std::filesystem::path where = folder != nullptr ? folder : shared_folder();
  std::ifstream file(where / "gpu" / "h200_cudnn_deviceprop.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Precision {
  DType type;
  bool tf32;
};
constexpr Precision kPrecisions[] = {
    {DType::float32, false}, {DType::float32, true}, {DType::float16, false}, {DType::bfloat16, false}};

class CudnnRung5 : public testing::Test {
 protected:
  void SetUp() override {
    device_ = description();
    if (device_.empty()) GTEST_SKIP() << "no gpu/h200_cudnn_deviceprop.json below KERAUNOS_SHARED, so no device to plan for";
  }

  /// Every precision: with a bias, with a bias and then a residual and relu, and without an epilogue.
  void expect_plans(ConvolutionProblem p) {
    for (const Precision& precision : kPrecisions) {
      p.type = precision.type;
      p.tf32 = precision.tf32;
      for (const bool bias : {false, true}) {
        p.bias = p.residual = bias;
        p.activation = bias ? ConvolutionProblem::relu : ConvolutionProblem::none;
        EXPECT_NO_THROW(ConvolutionPlan(device_, p))
            << name_of(p.type) << (p.tf32 ? " tf32" : "") << (bias ? " with epilogue" : "");
      }
    }
  }

  std::string device_;
};

ConvolutionProblem image() {
  return {.batch = 2,
          .channels = 64,
          .filters = 64,
          .input = {28, 28, 1},
          .kernel = {3, 3, 1},
          .pad_low = {1, 1, 0},
          .pad_high = {1, 1, 0}};
}

TEST_F(CudnnRung5, PlansImagesWithResidualBiasAndRelu) { expect_plans(image()); }

TEST_F(CudnnRung5, PlansAsymmetricPaddingWithStrides) {
  ConvolutionProblem p = image();
  p.stride = {2, 2, 1};
  p.pad_low = {0, 0, 0};
  expect_plans(p);
}

TEST_F(CudnnRung5, PlansOddChannels) {
  ConvolutionProblem p = image();
  p.channels = 3;
  p.filters = 10;
  expect_plans(p);
}

TEST_F(CudnnRung5, PlansGroupsAndDepthwise) {
  ConvolutionProblem p = image();
  p.groups = 4;
  expect_plans(p);
  p.groups = p.channels;
  expect_plans(p);
  p.filters = 2 * p.channels;
  expect_plans(p);
}

TEST_F(CudnnRung5, PlansOneAndThreeDimensions) {
  expect_plans({.spatial = 1,
                .batch = 2,
                .channels = 8,
                .filters = 12,
                .input = {50, 1, 1},
                .kernel = {5, 1, 1},
                .dilation = {2, 1, 1},
                .pad_low = {8, 0, 0}});
  expect_plans(
      {.spatial = 3, .batch = 2, .channels = 5, .filters = 7, .input = {8, 7, 6}, .kernel = {3, 2, 1}, .pad_high = {0, 1, 0}});
}

TEST_F(CudnnRung5, PlansASingleOutputPosition) { expect_plans({.channels = 4, .filters = 6}); }

TEST_F(CudnnRung5, PlansSmallAlignments) {
  ConvolutionProblem p = image();
  for (const Precision& precision : kPrecisions) {
    p.type = precision.type;
    p.tf32 = precision.tf32;
    p.alignment = size_of(p.type);
    p.bias = true;
    EXPECT_NO_THROW(ConvolutionPlan(device_, p)) << name_of(p.type);
  }
}

TEST_F(CudnnRung5, StrictFloat32TakesAnotherEngineThanTf32) {
  ConvolutionProblem p = image();
  const std::string strict = ConvolutionPlan(device_, p).kernel();
  p.tf32 = true;
  EXPECT_NE(ConvolutionPlan(device_, p).kernel(), strict);
}

}  // namespace
}  // namespace keraunos::cuda::tests
