// Device memory: how a store out of bounds, a use after free, a read of uninitialised bytes and an access by the host are
// reported.
#include <cstring>

#include "fixture.h"
#include "kernels.h"

namespace keraunos::cuda::tests {
namespace {

class DeviceMemory : public StandIn {};

TEST_F(DeviceMemory, FreshBytesAreNaN) {
  const Stream stream;
  const Device<float> fresh(3);
  const Pinned<float> host(3);
  copy_out(host, fresh, stream);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(host[i]));
}

TEST_F(DeviceMemory, AStorePastTheEndIsFoundOnEverySeed) {
  const auto run = [] {
    const Stream stream;
    const Device<float> in(100), out(100);
    cudaMemsetAsync(in, 0, 400, stream);
    launch_scale_off_by_one(in, out, 100, 2.0f, stream);
    return cudaStreamSynchronize(stream);
  };
#if defined(__SANITIZE_ADDRESS__)
  EXPECT_DEATH(run(), "use-after-poison(.|\n)*kernels.cu");
#else
  EXPECT_EQ(count_seeds(8, [&] { return run() == cudaErrorIllegalAddress; }), 8);
  EXPECT_TRUE(complains_of("a store outside of an allocation: byte 400 of an allocation of 400 bytes"))
      << standin::last_complaint();
  EXPECT_TRUE(complains_of("by the kernel launched at kernels.cu:")) << standin::last_complaint();
#endif
}

TEST_F(DeviceMemory, AFreedArgumentOfPendingWorkIsAFault) {
  const Stream stream;
  const Device<float> in(8);
  float* out = nullptr;
  cudaMalloc(reinterpret_cast<void**>(&out), 32);
  launch_scale(in, out, 8, 2.0f, stream);
  EXPECT_EQ(cudaFree(out), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorIllegalAddress);
  EXPECT_TRUE(complains_of("touches byte 0 of a freed allocation of 32 bytes")) << standin::last_complaint();
}

TEST_F(DeviceMemory, AFreedPointerInsideOfAStructureFaults) {
  const auto run = [] {
    const Stream stream;
    const Device<float> out(1);
    float* freed = nullptr;
    cudaMalloc(reinterpret_cast<void**>(&freed), 4);
    cudaFree(freed);
    launch_boxed({freed}, out, stream);
    return cudaStreamSynchronize(stream);
  };
  if (kSanitized) {
    EXPECT_DEATH(run(), "kernels.cu");
  } else {
    EXPECT_EQ(run(), cudaErrorIllegalAddress);
    EXPECT_TRUE(complains_of("an access to byte 0 of a freed allocation of 4 bytes")) << standin::last_complaint();
    EXPECT_TRUE(complains_of("block (0, 0, 0), thread (0, 0, 0)")) << standin::last_complaint();
  }
}

// As in the padding of a structure, whose bytes may be those of an earlier pointer.
TEST_F(DeviceMemory, AFreedPointerThatIsNotUsedIsNoFault) {
  const Stream stream;
  const Device<float> out(1);
  float* freed = nullptr;
  cudaMalloc(reinterpret_cast<void**>(&freed), 4);
  launch_boxed_unused({freed}, out, stream);
  cudaFree(freed);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess) << standin::last_complaint();
}

TEST_F(DeviceMemory, TheHostCannotTouchIt) {
  const Device<float> memory(1);
  EXPECT_DEATH(*static_cast<volatile float*>(memory.data) = 1.0f,
               kSanitized ? "SEGV" : "host code touches device memory: byte 0 of an allocation of 4");
}

TEST_F(DeviceMemory, WrongFreesAreRefused) {
  float on_the_host = 0;
  EXPECT_EQ(cudaFree(&on_the_host), cudaErrorInvalidValue);
  float* memory = nullptr;
  cudaMalloc(reinterpret_cast<void**>(&memory), 8);
  EXPECT_EQ(cudaFree(memory + 1), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaFree(memory), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
  cudaGetLastError();
}

TEST_F(DeviceMemory, CopiesThatLeaveAnAllocationAreRefused) {
  const Stream stream;
  const Device<char> memory(100);
  const Pinned<char> host(200);
  EXPECT_EQ(cudaMemcpyAsync(memory, host, 101, cudaMemcpyHostToDevice, stream), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyAsync(host, memory + 50, 51, cudaMemcpyDeviceToHost, stream), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyAsync(host, host + 100, 10, cudaMemcpyDeviceToHost, stream), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemsetAsync(memory, 0, 101, stream), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpyAsync(memory, host, 100, cudaMemcpyHostToDevice, stream), cudaSuccess);
  EXPECT_EQ(cudaMemcpyAsync(host, memory, 100, cudaMemcpyDefault, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  cudaGetLastError();
}

TEST_F(DeviceMemory, MoreThanTheDeviceHasIsRefused) {
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, size_t{1} << 40), cudaErrorMemoryAllocation);
  EXPECT_EQ(memory, nullptr);
  size_t free = 0, total = 0;
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  EXPECT_LE(free, total);
  cudaGetLastError();
}

TEST_F(DeviceMemory, PointersTellWhatTheyAre) {
  const Device<float> device(4);
  const Pinned<float> pinned(4);
  cudaPointerAttributes attributes{};
  cudaPointerGetAttributes(&attributes, device + 1);
  EXPECT_EQ(attributes.type, cudaMemoryTypeDevice);
  cudaPointerGetAttributes(&attributes, pinned + 1);
  EXPECT_EQ(attributes.type, cudaMemoryTypeHost);
  cudaPointerGetAttributes(&attributes, &attributes);
  EXPECT_EQ(attributes.type, cudaMemoryTypeUnregistered);
  EXPECT_TRUE(standin::is_device_memory(device, 16));
  EXPECT_FALSE(standin::is_device_memory(device, 17));
}

}  // namespace
}  // namespace keraunos::cuda::tests
