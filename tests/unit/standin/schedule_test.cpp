// Operations run late and in any order that streams, events and graphs allow: a caller that forgets to wait gets a wrong number.
#include "fixture.h"
#include "kernels.h"

namespace keraunos::cuda::tests {
namespace {

class Schedule : public StandIn {};
constexpr size_t kCount = 256;

/// A copy in on one stream, a kernel and a copy out on another; true when the result is wrong.
bool overlapped_wrong(bool wait) {
  const Stream transfers, compute;
  const Event copied;
  const Device<float> in(kCount), out(kCount);
  const Pinned<float> host_in(kCount, 3.0f), host_out(kCount);
  cudaMemsetAsync(in, 0, host_in.bytes(), transfers);
  cudaStreamSynchronize(transfers);
  copy_in(in, host_in, transfers);
  cudaEventRecord(copied, transfers);
  if (wait) cudaStreamWaitEvent(compute, copied, 0);
  launch_scale(in, out, kCount, 2.0f, compute);
  copy_out(host_out, out, compute);
  EXPECT_EQ(cudaStreamSynchronize(compute), cudaSuccess) << standin::last_complaint();
  const bool wrong = host_out[0] != 6.0f;
  EXPECT_EQ(cudaStreamSynchronize(transfers), cudaSuccess);
  return wrong;
}

TEST_F(Schedule, AMissingEventWaitIsFound) {
  expect_race([] { overlapped_wrong(false); }, "data race(.|\n)*kernels.cu");
  if (!kThreadSanitized) {
    const int wrong = count_seeds(8, [] { return overlapped_wrong(false); });
    EXPECT_GE(wrong, 2);
    EXPECT_LT(wrong, 8);
  }
}

TEST_F(Schedule, WithTheWaitEverySeedIsRight) {
  EXPECT_EQ(count_seeds(16, [] { return overlapped_wrong(true); }), 0);
}

/// Reads the result before or after the stream has finished.
bool read_wrong(bool synchronize) {
  const Stream stream;
  const Device<float> in(kCount), out(kCount);
  const Pinned<float> host_in(kCount, 3.0f), host_out(kCount);
  copy_in(in, host_in, stream);
  launch_scale(in, out, kCount, 2.0f, stream);
  copy_out(host_out, out, stream);
  if (synchronize) cudaStreamSynchronize(stream);
  const bool wrong = host_out[kCount - 1] != 6.0f;
  cudaStreamSynchronize(stream);
  return wrong;
}

TEST_F(Schedule, ReadingBeforeSynchronisingIsFound) {
  expect_race([] { read_wrong(false); }, "data race(.|\n)*schedule_test.cpp");
  if (!kThreadSanitized) {
    EXPECT_GE(count_seeds(8, [] { return read_wrong(false); }), 4);
  }
}

TEST_F(Schedule, ReadingAfterwardsIsRight) {
  EXPECT_EQ(count_seeds(8, [] { return read_wrong(true); }), 0);
}

TEST_F(Schedule, AWaitSeesTheEventAsItWas) {
  EXPECT_EQ(count_seeds(8,
                        [] {
                          const Stream first, second;
                          const Event event;
                          const Device<float> memory(kCount);
                          const Pinned<float> ones(kCount, 1.0f), result(kCount);
                          copy_in(memory, ones, first);
                          cudaEventRecord(event, first);
                          cudaStreamWaitEvent(second, event, 0);
                          cudaEventRecord(event, second);  // the wait is not affected
                          copy_out(result, memory, second);
                          cudaStreamSynchronize(second);
                          return result[0] != 1.0f;
                        }),
            0);
}

TEST_F(Schedule, AnEventThatWasNeverRecordedIsDone) {
  const Stream stream;
  const Event event;
  EXPECT_EQ(cudaEventQuery(event), cudaSuccess);
  EXPECT_EQ(cudaEventSynchronize(event), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream, event, 0), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
}

TEST_F(Schedule, AskingOftenEnoughGetsAnEventDone) {
  for (int seed = 0; seed < 8; ++seed) {
    standin::set_seed(static_cast<uint64_t>(seed));
    const Stream stream;
    const Event event;
    const Device<float> memory(kCount);
    for (int i = 0; i < 5; ++i) cudaMemsetAsync(memory, i, 4, stream);
    cudaEventRecord(event, stream);
    int asked = 0;
    while (cudaEventQuery(event) == cudaErrorNotReady) ASSERT_LT(++asked, 100);
  }
}

TEST_F(Schedule, HostFunctionsRunInOrderAndMayNotCallCUDA) {
  const Stream stream;
  const Device<float> memory(1);
  const Pinned<float> host(1, 5.0f);
  struct Seen {
    const float* value;
    float found;
    cudaError_t status;
  } seen{host, 0, cudaSuccess};
  cudaMemsetAsync(memory, 0, 4, stream);
  copy_out(host, memory, stream);
  cudaLaunchHostFunc(
      stream,
      [](void* p) {
        auto* const s = static_cast<Seen*>(p);
        s->found = *s->value;
        s->status = cudaDeviceSynchronize();
      },
      &seen);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(seen.found, 0.0f);
  EXPECT_EQ(seen.status, cudaErrorNotPermitted);
  cudaGetLastError();
}

/// Overwrites pageable memory right after an asynchronous copy from it; true when the copy read the later contents.
bool pageable_read_late() {
  const Stream stream;
  const Device<float> memory(1);
  const Pinned<float> result(1);
  std::vector<float> pageable{1.0f};
  cudaMemcpyAsync(memory, pageable.data(), 4, cudaMemcpyHostToDevice, stream);
  pageable[0] = 2.0f;
  copy_out(result, memory, stream);
  cudaStreamSynchronize(stream);
  return result[0] == 2.0f;
}

TEST_F(Schedule, PageableMemoryMayBeReadLate) {
  expect_race([] { pageable_read_late(); }, "data race(.|\n)*schedule_test.cpp");
  if (!kThreadSanitized) {
    const int late = count_seeds(8, pageable_read_late);
    EXPECT_GT(late, 0);
    EXPECT_LT(late, 8);
  }
}

TEST_F(Schedule, LibraryOperationsAreCheckedAndRunLate) {
  const Stream stream;
  const Device<float> memory(4);
  const Pinned<float> host(4);
  EXPECT_EQ(standin::submit(stream, "a sum", [] {}, {{memory, 17}}, {}), cudaErrorInvalidValue);
  EXPECT_TRUE(complains_of("a sum would touch 17 bytes")) << standin::last_complaint();
  float* const data = memory;
  EXPECT_EQ(standin::submit(stream, "a sum", [data] { data[1] = 8.0f; }, {}, {{memory, 16}}), cudaSuccess);
  copy_out(host, memory, stream);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(host[1], 8.0f);
}

TEST_F(Schedule, TheDefaultStreamIsRefused) {
  const Device<float> memory(1);
  EXPECT_EQ(cudaMemsetAsync(memory, 0, 4, nullptr), cudaErrorInvalidResourceHandle);
  EXPECT_TRUE(complains_of("default stream")) << standin::last_complaint();
  EXPECT_EQ(cudaStreamSynchronize(cudaStreamPerThread), cudaErrorInvalidResourceHandle);
  cudaGetLastError();
}

TEST_F(Schedule, CountersCount) {
  const standin::Counters before = standin::counters();
  overlapped_wrong(true);
  const standin::Counters after = standin::counters();
  EXPECT_EQ(after.kernels_launched - before.kernels_launched, 1u);
  EXPECT_EQ(after.copies_to_device - before.copies_to_device, 1u);
  EXPECT_EQ(after.bytes_to_host - before.bytes_to_host, kCount * 4);
  EXPECT_EQ(after.allocations - before.allocations, 4u);
  EXPECT_EQ(after.frees - before.frees, 4u);
  EXPECT_EQ(after.synchronisations - before.synchronisations, 3u);
}

}  // namespace
}  // namespace keraunos::cuda::tests
