// A custom kernel with a CUDA implementation runs on the device, between device steps, without copies to the host.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "case_objects.h"
#include "folders.h"
#include "golden/golden.h"

namespace keraunos::cuda::tests {
namespace {

class OwnKernel : public ::testing::TestWithParam<const char*> {};

TEST_P(OwnKernel, IsEnqueuedOnTheDevice) {
  std::atomic<int> launches = 0;
  LoadOptions options;
  options.device = keraunos::Device{.kind = keraunos::Device::cuda};
  options.custom_objects = case_objects(&launches);
  const auto folder = cases_folder() / GetParam();
  const golden::Outcome outcome = golden::run(golden::Case::read(folder), options);
  EXPECT_EQ(outcome.kind, golden::Outcome::passed) << outcome.message;
  EXPECT_GT(launches, 0);

  const std::vector<Dims> inputs{Dims{3, 3}};
  const std::string plan = load_model(golden::Case::read(folder).model, options).plan(inputs);
  EXPECT_NE(plan.find("sine"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("copy to"), std::string::npos) << plan;
}

TEST_P(OwnKernel, IsRunByItsOtherBodyOnTheCpu) {
  std::atomic<int> launches = 0;
  LoadOptions options;
  options.device = keraunos::Device{};
  options.custom_objects = case_objects(&launches);
  const golden::Outcome outcome = golden::run(golden::Case::read(cases_folder() / GetParam()), options);
  EXPECT_EQ(outcome.kind, golden::Outcome::passed) << outcome.message;
  EXPECT_EQ(launches, 0);
}

INSTANTIATE_TEST_SUITE_P(Files, OwnKernel, ::testing::Values("custom_layer_k2", "custom_layer_k3"));

}  // namespace
}  // namespace keraunos::cuda::tests
