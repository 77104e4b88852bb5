// Misuse of plans that the stand-in detects and the real libraries do not: on a GPU it crashes, or the numbers are right only by
// chance.
#include <gtest/gtest.h>

#include "keraunos/error.h"
#include "kernels/cuda/cublaslt/matmul.h"
#include "kernels/cuda/cudnn/convolution.h"
#include "kernels/cuda/runtime/handle.h"
#include "unit/kernels/cuda/cublaslt/device_values.h"

namespace keraunos::cuda::library_tests {
namespace {

TEST(Plans, MisalignedOperandsOfAProductAreNamed) {
  const TestStream stream;
  Handle<cublasLtHandle_t, cublasLtDestroy> handle;
  ASSERT_EQ(cublasLtCreate(handle.receive()), CUBLAS_STATUS_SUCCESS);
  const MatMulPlan plan(handle.get(), {.rows = 2, .columns = 2, .inner = 2, .most_workspace = 0});
  const std::vector<double> four{1, 2, 3, 4};
  const DeviceValues good(DType::float32, four, stream.get()), shifted(DType::float32, four, stream.get(), 1),
      d(DType::float32, 4);
  EXPECT_THROW(plan.enqueue(handle.get(), shifted.data(), good.data(), nullptr, nullptr, d.data(), nullptr, stream.get()),
               DeviceError);
}

struct ConvolutionPlans : testing::Test {
  ConvolutionPlans() { EXPECT_EQ(cudnnCreate(handle.receive()), CUDNN_STATUS_SUCCESS); }
  TestStream stream;
  Handle<cudnnHandle_t, cudnnDestroy> handle;
};

// The real library requires more of a description than "{}".
TEST_F(ConvolutionPlans, OneForADescribedDeviceDoesNotRun) {
  const ConvolutionPlan plan("{}", {});
  const DeviceValues x(DType::float32, std::vector<double>{1}, stream.get()), y(DType::float32, 1);
  const Workspace workspace(plan.workspace_bytes());
  EXPECT_THROW(plan.enqueue(handle.get(), x.data(), x.data(), nullptr, nullptr, y.data(), workspace.data(), stream.get()),
               DeviceError);
}

TEST_F(ConvolutionPlans, AnOutputThatIsAlsoAnInputGivesNoNumbers) {
  const ConvolutionPlan plan(handle.get(), {.residual = true, .bias = true, .most_workspace = 0});
  const DeviceValues x(DType::float32, std::vector<double>{1}, stream.get()),
      both(DType::float32, std::vector<double>{2}, stream.get());
  plan.enqueue(handle.get(), x.data(), x.data(), both.data(), x.data(), both.data(), nullptr, stream.get());
  EXPECT_TRUE(both.download(stream.get())[0] != both.download(stream.get())[0]);
}

}  // namespace
}  // namespace keraunos::cuda::library_tests
