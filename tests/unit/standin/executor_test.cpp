// Faulty kernels: the stand-in must detect each fault.
#include "fixture.h"
#include "keraunos/error.h"
#include "kernels.h"

namespace keraunos::cuda::tests {
namespace {

class Executor : public StandIn {};

/// Whether the sums are wrong with the current seed.
bool block_sums_wrong(Barriers barriers) {
  const Stream stream;
  const Device<float> in(512), out(2);
  const Pinned<float> host_in(512, 1.0f), host_out(2);
  copy_in(in, host_in, stream);
  launch_block_sums(in, out, 2, barriers, stream);
  copy_out(host_out, out, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess) << standin::last_complaint();
  return host_out[0] != 768.0f || host_out[1] != 768.0f;
}

TEST_F(Executor, MissingBarrierBeforeReadingIsFound) {
  expect_race([] { block_sums_wrong(Barriers::none_before_reading); }, "data race(.|\n)*kernels.cu(.|\n)*kernels.cu");
  if (!kThreadSanitized) {
    EXPECT_GE(count_seeds(8, [] { return block_sums_wrong(Barriers::none_before_reading); }), 6);
  }
}

TEST_F(Executor, MissingBarrierBeforeReuseIsFound) {
  expect_race([] { block_sums_wrong(Barriers::none_before_reuse); }, "data race(.|\n)*kernels.cu(.|\n)*kernels.cu");
  if (!kThreadSanitized) {
    EXPECT_GE(count_seeds(8, [] { return block_sums_wrong(Barriers::none_before_reuse); }), 5);
  }
}

TEST_F(Executor, AllBarriersAreSilent) {
  EXPECT_EQ(count_seeds(8, [] { return block_sums_wrong(Barriers::all); }), 0);
}

TEST_F(Executor, DifferentBarriersAreAFault) {
  const Stream stream;
  const Device<float> out(64);
  launch_two_barriers(out, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorLaunchFailure);
  EXPECT_TRUE(complains_of("threads wait at different barriers: thread 0 at kernels.cu:")) << standin::last_complaint();
  EXPECT_TRUE(complains_of(", thread 1 at kernels.cu:")) << standin::last_complaint();
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
}

TEST_F(Executor, ALaneThatEndedIsAFaultOfItsWarp) {
  for (int seed = 0; seed < 4; ++seed) {
    standin::set_seed(static_cast<uint64_t>(seed));
    const Stream stream;
    const Device<float> out(32);
    launch_ended_lane(out, stream);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorLaunchFailure);
    EXPECT_TRUE(complains_of("ended")) << standin::last_complaint();
    EXPECT_TRUE(complains_of("kernels.cu:")) << standin::last_complaint();
  }
}

TEST_F(Executor, AStorePastSharedMemoryIsFound) {
  const auto run = [] {
    const Stream stream;
    launch_shared(100, 101, stream);
    return cudaStreamSynchronize(stream);
  };
#if defined(__SANITIZE_ADDRESS__)
  EXPECT_DEATH(run(), "heap-buffer-overflow(.|\n)*kernels.cu");
#else
  EXPECT_EQ(run(), cudaErrorIllegalAddress);
  EXPECT_TRUE(complains_of("byte 100 of 100")) << standin::last_complaint();
#endif
}

TEST_F(Executor, AStackThatOverflowsEndsTheKernel) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer ends the process";
  const Stream stream;
  const Device<float> out(1);
  launch_deep(out, stream);
  // The error depends on the size of the frame: a large one skips the guard page and uses an address that is not device memory.
  const cudaError_t found = cudaStreamSynchronize(stream);
  EXPECT_TRUE(found == cudaErrorLaunchFailure || found == cudaErrorIllegalAddress) << found;
  EXPECT_TRUE(complains_of("stack of a CUDA thread overflows") || complains_of("not of the device")) << standin::last_complaint();
  launch_count(out, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
}

TEST_F(Executor, LaunchesBeyondTheDevicesLimitsAreRefused) {
  const Stream stream;
  EXPECT_THROW(launch_threads(1025, stream), DeviceError);
  EXPECT_TRUE(complains_of("a block of (1025, 1, 1) threads is too large")) << standin::last_complaint();
  EXPECT_THROW(launch_threads(0, stream), DeviceError);
  EXPECT_TRUE(complains_of("is empty")) << standin::last_complaint();
  EXPECT_THROW(launch_shared((227 << 10) + 1, 0, stream), DeviceError);
  EXPECT_TRUE(complains_of("232449 bytes of dynamic shared memory")) << standin::last_complaint();
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(Executor, PointersThatAGPUCannotFollowAreRefused) {
  const Stream stream;
  float on_the_host = 1;
  const Device<float> out(1);
  EXPECT_THROW(launch_scale(&on_the_host, out, 1, 2.0f, stream), DeviceError);
  EXPECT_TRUE(complains_of("argument 0 points to pageable host memory")) << standin::last_complaint();
  float* freed = nullptr;
  cudaMalloc(reinterpret_cast<void**>(&freed), 4);
  cudaFree(freed);
  EXPECT_THROW(launch_scale(out, freed, 1, 2.0f, stream), DeviceError);
  EXPECT_TRUE(complains_of("argument 1 points to byte 0 of a freed allocation of 4 bytes")) << standin::last_complaint();
}

}  // namespace
}  // namespace keraunos::cuda::tests
