// Streams, recordings, memory and the texts of refusals.
#include "kernels/cuda/runtime/stream.h"

#include <gtest/gtest.h>

#include <numeric>

#include "keraunos/error.h"
#include "kernels/cuda/runtime/memory.h"
#include "kernels/cuda/runtime/properties.h"
#include "kernels/cuda_device.h"
#include "scheduler_seed.h"

namespace keraunos::cuda::tests {
namespace {

class CudaStream : public testing::TestWithParam<uint64_t> {
 protected:
  void SetUp() override { set_scheduler_seed(GetParam()); }
  void TearDown() override { set_scheduler_seed(0); }
};
INSTANTIATE_TEST_SUITE_P(Seeds, CudaStream, testing::Values(0, 1, 2, 3, 4));

constexpr int64_t kBytes = 400;

TEST_P(CudaStream, CopiesInOrder) {
  const auto staging = allocate_pinned(0, 2 * kBytes);
  const auto a = allocate_device(0, kBytes), b = allocate_device(0, kBytes);
  auto* host = static_cast<int*>(staging.get());
  std::iota(host, host + 100, 0);
  Stream stream(0);
  stream.copy_in(a.get(), host, kBytes);
  stream.copy(b.get(), a.get(), kBytes);
  stream.fill_zero(a.get(), kBytes);
  stream.copy(a.get(), b.get(), kBytes / 2);
  stream.copy_out(host + 100, a.get(), kBytes);
  stream.copy_in(a.get(), host, 0);
  stream.synchronize();
  EXPECT_EQ(host[149], 49);
  EXPECT_EQ(host[150], 0);
}

TEST_P(CudaStream, HostFunctionsRunInOrderAndTheirExceptionsArrive) {
  Stream stream(0);
  std::vector<int> order;
  stream.host([&] { order.push_back(1); });
  stream.host([] { throw DataError("an id outside"); });
  stream.host([&] { order.push_back(2); });
  EXPECT_THROW(stream.synchronize(), DataError);
  EXPECT_EQ(order, (std::vector{1, 2}));
  stream.synchronize();  // reported once
}

TEST_P(CudaStream, ARecordingRepeats) {
  const auto staging = allocate_pinned(0, 2 * kBytes);
  const auto memory = allocate_device(0, kBytes);
  auto* host = static_cast<int*>(staging.get());
  Stream stream(0);
  int calls = 0;
  const auto recording = stream.record([&] {
    stream.copy_in(memory.get(), host, kBytes);
    stream.host([&] { ++calls; });
    stream.copy_out(host + 100, memory.get(), kBytes);
  });
  ASSERT_NE(recording, nullptr);
  EXPECT_EQ(calls, 0);
  for (int round = 1; round <= 3; ++round) {
    host[7] = round;
    recording->launch(stream);
    stream.synchronize();
    EXPECT_EQ(host[107], round);
    EXPECT_EQ(calls, round);
  }
}

TEST_P(CudaStream, AFailedRecordingLeavesTheStreamUsable) {
  Stream stream(0);
  EXPECT_THROW(stream.record([] { throw UsageError("no"); }), UsageError);
  EXPECT_FALSE(stream.capturing());
  const auto memory = allocate_device(0, kBytes);
  // If a call from outside invalidates a capture, the caller's work must still run; it is only not recorded.
  EXPECT_EQ(stream.record([&] { cudaStreamSynchronize(stream.get()); }), nullptr);
  const auto spoil_and_go_on = [&] {
    cudaStreamSynchronize(stream.get());
    stream.fill_zero(memory.get(), kBytes);
  };
  EXPECT_EQ(stream.record(spoil_and_go_on), nullptr);
  EXPECT_FALSE(stream.capturing());
  stream.fill_zero(memory.get(), kBytes);
  stream.synchronize();
}

TEST_P(CudaStream, ACallersStreamMayBeCapturing) {
  cudaStream_t raw = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&raw, cudaStreamNonBlocking), cudaSuccess);
  const auto memory = allocate_device(0, kBytes);
  {
    Stream stream(0, raw);
    ASSERT_EQ(cudaStreamBeginCapture(raw, cudaStreamCaptureModeThreadLocal), cudaSuccess);
    EXPECT_EQ(stream.record([] {}), nullptr);
    stream.fill_zero(memory.get(), kBytes);
    EXPECT_THROW(stream.host([] {}), UsageError);
    cudaGraph_t graph = nullptr;
    ASSERT_EQ(cudaStreamEndCapture(raw, &graph), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  }
  EXPECT_EQ(cudaStreamDestroy(raw), cudaSuccess);
}

TEST(CudaMemory, IsAlignedAndRefusedInWords) {
  for (int64_t bytes : {0, 1, 257}) EXPECT_EQ(reinterpret_cast<uintptr_t>(allocate_device(0, bytes).get()) % 256, 0u);
  try {
    allocate_device(0, int64_t{1} << 50);
    FAIL() << "a petabyte was allocated";
  } catch (const DeviceError& error) {
    EXPECT_NE(std::string(error.what()).find("1125899906842624 bytes on CUDA device 0"), std::string::npos) << error.what();
  }
}

TEST(CudaDevice, SaysWhatItIs) {
  EXPECT_GE(cuda_device_count(), 1);
  const auto device = make_cuda_device(0, {});
  EXPECT_EQ(device->id(), (Device{.kind = Device::cuda, .index = 0}));
  EXPECT_FALSE(device->shares_host_memory());
  EXPECT_EQ(device->name(), properties_of(0).name);
  try {
    make_cuda_device(99, {});
    FAIL() << "device 99 was found";
  } catch (const DeviceError& error) {
    EXPECT_NE(std::string(error.what()).find("CUDA device 99 does not exist"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
