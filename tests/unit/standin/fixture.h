// Shared by the stand-in's tests: streams, device arrays and pinned arrays that free themselves, and the 8 seeds.
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "standin/operation.h"

namespace keraunos::cuda::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitized = true;
#else
inline constexpr bool kThreadSanitized = false;
#endif

struct Stream {
  Stream() { EXPECT_EQ(cudaStreamCreateWithFlags(&raw, cudaStreamNonBlocking), cudaSuccess); }
  ~Stream() { cudaStreamDestroy(raw); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  operator cudaStream_t() const { return raw; }
  cudaStream_t raw = nullptr;
};

struct Event {
  Event() { EXPECT_EQ(cudaEventCreateWithFlags(&raw, cudaEventDisableTiming), cudaSuccess); }
  ~Event() { cudaEventDestroy(raw); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  operator cudaEvent_t() const { return raw; }
  cudaEvent_t raw = nullptr;
};

template <class T>
struct Device {
  explicit Device(size_t count) { EXPECT_EQ(cudaMalloc(reinterpret_cast<void**>(&data), count * sizeof(T)), cudaSuccess); }
  ~Device() { cudaFree(data); }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  operator T*() const { return data; }
  T* data = nullptr;
};

template <class T>
struct Pinned {
  explicit Pinned(size_t n, T value = {}) : count(n) {
    EXPECT_EQ(cudaMallocHost(reinterpret_cast<void**>(&data), n * sizeof(T)), cudaSuccess);
    for (size_t i = 0; i < n; ++i) data[i] = value;
  }
  ~Pinned() { cudaFreeHost(data); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  operator T*() const { return data; }
  T& operator[](size_t i) const { return data[i]; }
  size_t bytes() const { return count * sizeof(T); }
  T* data = nullptr;
  size_t count;
};

template <class T>
cudaError_t copy_in(const Device<T>& to, const Pinned<T>& from, cudaStream_t stream) {
  return cudaMemcpyAsync(to.data, from.data, from.bytes(), cudaMemcpyHostToDevice, stream);
}
template <class T>
cudaError_t copy_out(const Pinned<T>& to, const Device<T>& from, cudaStream_t stream) {
  return cudaMemcpyAsync(to.data, from.data, to.bytes(), cudaMemcpyDeviceToHost, stream);
}

/// Starts and ends with the default schedule and no pending work.
class StandIn : public testing::Test {
 protected:
  StandIn() {
    if (kThreadSanitized)
      GTEST_FLAG_SET(death_test_style, "threadsafe");  // TSan disables itself in a process that was only forked
  }
  void SetUp() override {
    standin::set_seed(0);
    cudaDeviceSynchronize();
    cudaGetLastError();
  }
  void TearDown() override { SetUp(); }
};

/// For how many of `seeds` seeds `work` returns true.
template <class Work>
int count_seeds(int seeds, Work&& work) {
  int hits = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    standin::set_seed(static_cast<uint64_t>(seed));
    hits += work() ? 1 : 0;
  }
  return hits;
}

/// TSan reports a race and continues; the process then exits with 66. Other effects of a race depend on the seed.
template <class Work>
void expect_race([[maybe_unused]] Work&& work, [[maybe_unused]] const char* words) {
  if constexpr (kThreadSanitized) {
    const auto run = [&] {
      work();
      std::exit(0);
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(66), words);
  }
}

inline bool complains_of(const std::string& words) { return standin::last_complaint().find(words) != std::string::npos; }

}  // namespace keraunos::cuda::tests
