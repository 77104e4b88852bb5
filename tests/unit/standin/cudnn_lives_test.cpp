// Handles, plans and streams that are destroyed in the wrong order. The real library does not report that: it may read freed
// memory and crash occasionally.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include "keraunos/error.h"
#include "kernels/cuda/cudnn/leased_convolution.h"
#include "standin/operation.h"
#include "unit/kernels/cuda/cublaslt/device_values.h"

namespace keraunos::cuda::library_tests {
namespace {

struct CudnnLives : testing::Test {
  CudnnLives() { EXPECT_EQ(cudnnCreate(handle.receive()), CUDNN_STATUS_SUCCESS); }
  TestStream stream;
  Handle<cudnnHandle_t, cudnnDestroy> handle;
};

TEST_F(CudnnLives, AHandleWhoseStreamIsGoneMakesNoPlan) {
  {
    const TestStream gone;
    ASSERT_EQ(cudnnSetStream(handle.get(), gone.get()), CUDNN_STATUS_SUCCESS);
  }
  EXPECT_THROW(ConvolutionPlan(handle.get(), {}), DeviceError);
  EXPECT_DEATH(handle.reset(), "whose stream is gone");
  EXPECT_EQ(cudnnSetStream(handle.get(), stream.get()), CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH);
  EXPECT_NO_THROW(ConvolutionPlan(handle.get(), {}));
}

TEST_F(CudnnLives, APlanThatOutlivesItsHandleIsFound) {
  EXPECT_DEATH(
      {
        const ConvolutionPlan plan(handle.get(), {});
        handle.reset();
      },
      "outlives the handle");
}

TEST_F(CudnnLives, APlanRunsWithTheHandleThatMadeItOnly) {
  Handle<cudnnHandle_t, cudnnDestroy> other;
  ASSERT_EQ(cudnnCreate(other.receive()), CUDNN_STATUS_SUCCESS);
  const ConvolutionPlan plan(handle.get(), {.most_workspace = 0});
  const DeviceValues x(DType::float32, std::vector<double>{2}, stream.get()), y(DType::float32, 1);
  EXPECT_THROW(plan.enqueue(other.get(), x.data(), x.data(), nullptr, nullptr, y.data(), nullptr, stream.get()), DeviceError);
  plan.enqueue(handle.get(), x.data(), x.data(), nullptr, nullptr, y.data(), nullptr, stream.get());
  EXPECT_EQ(y.download(stream.get()), std::vector<double>{4});
}

// A session's stream is destroyed long before its model: the next plan is made with a stream that still exists.
TEST(LeasedConvolutions, LeaveNoStreamBehind) {
  const auto context = std::make_shared<const Context>(0, host::DeviceOptions{});
  const LeasedConvolution first(context, {.most_workspace = 0});
  {
    const TestStream session;
    const DeviceValues x(DType::float32, std::vector<double>{3}, session.get()), y(DType::float32, 1);
    first.enqueue(x.data(), x.data(), nullptr, nullptr, y.data(), nullptr, session.get());
    EXPECT_EQ(y.download(session.get()), std::vector<double>{9});
  }
  EXPECT_NO_THROW(LeasedConvolution(context, {.filters = 2}));
}

TEST_F(CudnnLives, ThreadsThatMakeHandlesAtOnceAreFound) {
  std::atomic<int> begun = 0;
  const auto plan_often = [&begun] {
    Handle<cudnnHandle_t, cudnnDestroy> mine;
    ++begun;
    while (begun < 2) std::this_thread::yield();
    for (int i = 0; i < 1'000'000; ++i) cudnnCreate(mine.receive());
  };
  EXPECT_DEATH(
      {
        std::thread other(plan_often);
        plan_often();
        other.join();
      },
      "another thread makes");
}

// Two models make, run and destroy plans at the same time.
TEST(LeasedConvolutions, OfSeveralModelsAreMadeRunAndEndedOneByOne) {
  const auto plan_often = [] {
    const TestStream stream;
    const DeviceValues x(DType::float32, std::vector<double>{3}, stream.get()), y(DType::float32, 1);
    for (int i = 0; i < 100; ++i) {
      const LeasedConvolution plan(std::make_shared<const Context>(0, host::DeviceOptions{}), {.most_workspace = 0});
      plan.enqueue(x.data(), x.data(), nullptr, nullptr, y.data(), nullptr, stream.get());
      cudaStreamSynchronize(stream.get());
    }
  };
  std::thread other(plan_often);
  plan_often();
  other.join();
}

#if !defined(__SANITIZE_ADDRESS__)  // it would report a leak
TEST(LeasedConvolutions, AProcessThatEndsKeepsThem) {
  auto plan =
      std::make_unique<LeasedConvolution>(std::make_shared<const Context>(0, host::DeviceOptions{}), ConvolutionProblem{});
  standin::set_unloading(true);
  plan.reset();
  standin::set_unloading(false);
}

// cuDNN's static variables, made when it is loaded with the first plan, are destroyed before older ones of the caller. The test
// needs its own process, because this one has already made a plan.
TEST(LeasedConvolutions, InAStaticVariableEndQuietly) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        static std::optional<LeasedConvolution> kept;
        kept.emplace(std::make_shared<const Context>(0, host::DeviceOptions{}), ConvolutionProblem{});
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace keraunos::cuda::library_tests
