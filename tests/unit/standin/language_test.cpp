// Kernels written with kernels/cuda/language.h compute the same as on a GPU, whatever the order of threads and blocks.
#include <numeric>

#include "fixture.h"
#include "keraunos/error.h"
#include "kernels.h"

namespace keraunos::cuda::tests {
namespace {

class Language : public StandIn {};

std::vector<float> run_warps(const std::vector<float>& values) {
  const Stream stream;
  const Device<float> in(64), out(320);
  const Pinned<float> host_in(64), host_out(320);
  std::copy(values.begin(), values.end(), host_in.data);
  copy_in(in, host_in, stream);
  launch_warps(in, out, stream);
  copy_out(host_out, out, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess) << standin::last_complaint();
  return {host_out.data, host_out.data + 320};
}

TEST_F(Language, TheStandInIsLinked) { EXPECT_STREQ(standin::kMarker, "keraunos stand-in for the CUDA runtime"); }

TEST_F(Language, ThreadsAndBlocksHaveTheirCoordinates) {
  for (int seed = 0; seed < 4; ++seed) {
    standin::set_seed(static_cast<uint64_t>(seed));
    const Stream stream;
    const Device<uint32_t> out(12 * 24);
    const Pinned<uint32_t> host(12 * 24);
    launch_coordinates(out, stream);
    copy_out(host, out, stream);
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    for (uint32_t i = 0; i < 12 * 24; ++i) ASSERT_EQ(host[i], i / 24 * 100 + i % 24);
  }
}

TEST_F(Language, BlocksSumThroughSharedMemory) {
  const Pinned<float> host_in(1024), host_out(4);
  for (size_t i = 0; i < 1024; ++i) host_in[i] = static_cast<float>(i % 13);
  for (int seed = 0; seed < 8; ++seed) {
    standin::set_seed(static_cast<uint64_t>(seed));
    const Stream stream;
    const Device<float> in(1024), out(4);
    copy_in(in, host_in, stream);
    launch_block_sums(in, out, 4, Barriers::all, stream);
    copy_out(host_out, out, stream);
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess) << standin::last_complaint();
    for (size_t b = 0; b < 4; ++b) EXPECT_EQ(host_out[b], 3 * std::accumulate(host_in + b * 256, host_in + (b + 1) * 256, 0.0f));
  }
}

TEST_F(Language, WarpsExchangeValues) {
  std::vector<float> in(64);
  for (size_t i = 0; i < 64; ++i) in[i] = static_cast<float>(i * 7 % 29);
  for (int seed = 0; seed < 4; ++seed) {
    standin::set_seed(static_cast<uint64_t>(seed));
    const std::vector<float> out = run_warps(in);
    for (size_t i = 0; i < 64; ++i) {
      const size_t warp = i / 32 * 32, lane = i % 32;
      const auto begin = in.begin() + static_cast<std::ptrdiff_t>(warp);
      EXPECT_EQ(out[i], std::accumulate(begin, begin + 32, 0.0f));
      EXPECT_EQ(out[64 + i], *std::max_element(begin, begin + 32));
      EXPECT_EQ(out[128 + i], in[warp + (lane ^ 5)]);
      EXPECT_EQ(out[192 + i], lane + 3 < 32 ? in[i + 3] : in[i]);
      EXPECT_EQ(out[256 + i], in[warp + 7]);
    }
  }
}

TEST_F(Language, MaximumOfAWarpIsNaNInEveryLane) {
  std::vector<float> in(64, 1.0f);
  in[9] = NAN;
  const std::vector<float> out = run_warps(in);
  for (size_t i = 0; i < 32; ++i) EXPECT_TRUE(std::isnan(out[64 + i]));
  for (size_t i = 32; i < 64; ++i) EXPECT_EQ(out[64 + i], 1.0f);
}

TEST_F(Language, LanesThatDoNotExistGiveNaN) {
  const Stream stream;
  const Device<float> out(40);
  const Pinned<float> host(40);
  launch_partial_warp(out, stream);
  copy_out(host, out, stream);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(host[0], 32.0f);
  EXPECT_TRUE(std::isnan(host[33]));
}

TEST_F(Language, ThreadsOfAllBlocksAddAtomically) {
  const Stream stream;
  const Device<float> total(1);
  const Pinned<float> host(1);
  cudaMemsetAsync(total, 0, sizeof(float), stream);
  launch_count(total, stream);
  copy_out(host, total, stream);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(host[0], 512.0f);
}

TEST_F(Language, MuchSharedMemoryIsAllowedByLaunch) {
  const Stream stream;
  launch_shared(227 << 10, 227 << 10, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess) << standin::last_complaint();
}

TEST_F(Language, RefusedLaunchesNameTheirLine) {
  const Stream stream;
  try {
    launch_threads(1025, stream);
    FAIL();
  } catch (const DeviceError& error) {
    EXPECT_NE(std::string(error.what()).find("kernels.cu, line "), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
