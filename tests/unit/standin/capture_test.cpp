// Graphs captured from streams: their results, and every way to invalidate a capture.
#include <thread>

#include "fixture.h"
#include "kernels.h"

namespace keraunos::cuda::tests {
namespace {

class CaptureTest : public StandIn {};
constexpr size_t kCount = 128;

struct Fork {
  Stream main, side;
  Event forked, joined;
  Device<float> in{kCount}, doubled{kCount}, tripled{kCount}, out{kCount};
  Pinned<float> host_in{kCount, 1.0f}, host_out{kCount};

  /// out = 2·in + 3·in, the products side by side.
  void enqueue(bool wait_for_side) {
    copy_in(in, host_in, main);
    cudaEventRecord(forked, main);
    cudaStreamWaitEvent(side, forked, 0);
    launch_scale(in, doubled, kCount, 2.0f, main);
    launch_scale(in, tripled, kCount, 3.0f, side);
    cudaEventRecord(joined, side);
    if (wait_for_side) cudaStreamWaitEvent(main, joined, 0);
    launch_add(doubled, tripled, out, kCount, main);
    copy_out(host_out, out, main);
    if (!wait_for_side) cudaStreamWaitEvent(main, joined, 0);
  }
};

/// Captures, then launches twice with other inputs; true when a result is wrong.
bool replay_wrong(bool wait_for_side) {
  Fork f;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  cudaMemsetAsync(f.tripled, 0, kCount * 4, f.main);
  cudaStreamSynchronize(f.main);
  EXPECT_EQ(cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  f.enqueue(wait_for_side);
  EXPECT_EQ(cudaStreamEndCapture(f.main, &graph), cudaSuccess) << standin::last_complaint();
  EXPECT_EQ(cudaGraphInstantiate(&exec, graph, 0), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  EXPECT_EQ(cudaGraphUpload(exec, f.main), cudaSuccess);
  bool wrong = false;
  for (int run = 1; run <= 2; ++run) {
    for (size_t i = 0; i < kCount; ++i) f.host_in[i] = static_cast<float>(run);
    EXPECT_EQ(cudaGraphLaunch(exec, f.main), cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(f.main), cudaSuccess) << standin::last_complaint();
    wrong = wrong || f.host_out[kCount - 1] != 5.0f * static_cast<float>(run);
  }
  EXPECT_EQ(cudaGraphExecDestroy(exec), cudaSuccess);
  return wrong;
}

TEST_F(CaptureTest, BranchesOfAGraphComputeOnEverySeed) {
  EXPECT_EQ(count_seeds(16, [] { return replay_wrong(true); }), 0);
}

TEST_F(CaptureTest, AMissingWaitInsideOfAGraphIsFound) {
  expect_race([] { replay_wrong(false); }, "data race(.|\n)*kernels.cu(.|\n)*kernels.cu");
  if (!kThreadSanitized) {
    EXPECT_GE(count_seeds(8, [] { return replay_wrong(false); }), 2);
  }
}

TEST_F(CaptureTest, NothingRunsWhileCapturing) {
  Fork f;
  cudaGraph_t graph = nullptr;
  const uint64_t before = standin::counters().kernels_launched;
  cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal);
  f.enqueue(true);
  cudaStreamEndCapture(f.main, &graph);
  cudaDeviceSynchronize();
  EXPECT_EQ(standin::counters().kernels_launched, before);
  cudaGraphDestroy(graph);
}

TEST_F(CaptureTest, AForkThatIsNotJoinedIsRefused) {
  Fork f;
  cudaGraph_t graph = nullptr;
  cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal);
  cudaEventRecord(f.forked, f.main);
  cudaStreamWaitEvent(f.side, f.forked, 0);
  launch_scale(f.in, f.tripled, kCount, 3.0f, f.side);
  EXPECT_EQ(cudaStreamEndCapture(f.main, &graph), cudaErrorStreamCaptureUnjoined);
  EXPECT_EQ(graph, nullptr);
  EXPECT_EQ(cudaMemsetAsync(f.in, 0, 4, f.side), cudaSuccess);  // the streams are free again
  EXPECT_EQ(cudaStreamSynchronize(f.side), cudaSuccess);
}

TEST_F(CaptureTest, WaitingForWorkOutsideIsRefused) {
  Fork f;
  cudaGraph_t graph = nullptr;
  cudaMemsetAsync(f.in, 0, 4, f.side);
  cudaEventRecord(f.joined, f.side);
  cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal);
  EXPECT_EQ(cudaStreamWaitEvent(f.main, f.joined, 0), cudaErrorStreamCaptureIsolation);
  EXPECT_EQ(cudaStreamEndCapture(f.main, &graph), cudaErrorStreamCaptureInvalidated);
}

TEST_F(CaptureTest, TwoCapturesDoNotMix) {
  Fork f;
  cudaGraph_t graph = nullptr;
  cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal);
  cudaStreamBeginCapture(f.side, cudaStreamCaptureModeThreadLocal);
  cudaEventRecord(f.joined, f.side);
  EXPECT_EQ(cudaStreamWaitEvent(f.main, f.joined, 0), cudaErrorStreamCaptureMerge);
  EXPECT_EQ(cudaStreamEndCapture(f.main, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(cudaStreamEndCapture(f.side, &graph), cudaErrorStreamCaptureInvalidated);
}

TEST_F(CaptureTest, CallsThatWouldWaitSpoilIt) {
  const std::vector<cudaError_t (*)(Fork&)> calls = {
      [](Fork&) {
        void* p;
        return cudaMalloc(&p, 4);
      },
      [](Fork& f) { return cudaStreamSynchronize(f.main); }, [](Fork&) { return cudaDeviceSynchronize(); },
      [](Fork& f) { return cudaMemcpy(f.host_in, f.in, 4, cudaMemcpyDeviceToHost); },
      [](Fork&) {
        void* p;
        return cudaMallocHost(&p, 4);
      }};
  for (const auto call : calls) {
    Fork f;
    cudaGraph_t graph = nullptr;
    cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal);
    EXPECT_EQ(call(f), cudaErrorStreamCaptureUnsupported);
    EXPECT_EQ(cudaMemsetAsync(f.in, 0, 4, f.main), cudaErrorStreamCaptureInvalidated);
    EXPECT_EQ(cudaStreamEndCapture(f.main, &graph), cudaErrorStreamCaptureInvalidated);
  }
}

TEST_F(CaptureTest, ItEndsWhereItBegan) {
  Fork f;
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(f.main, &graph), cudaErrorIllegalState);
  cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal);
  cudaError_t elsewhere = cudaSuccess;
  std::thread([&] { elsewhere = cudaStreamEndCapture(f.main, &graph); }).join();
  EXPECT_EQ(elsewhere, cudaErrorStreamCaptureWrongThread);
  cudaEventRecord(f.forked, f.main);
  cudaStreamWaitEvent(f.side, f.forked, 0);
  EXPECT_EQ(cudaStreamEndCapture(f.side, &graph), cudaErrorStreamCaptureUnmatched);
  EXPECT_EQ(cudaStreamEndCapture(f.main, &graph), cudaErrorStreamCaptureInvalidated);
}

TEST_F(CaptureTest, TheHostCannotWaitForACapturedEvent) {
  Fork f;
  cudaGraph_t graph = nullptr;
  cudaStreamBeginCapture(f.main, cudaStreamCaptureModeRelaxed);
  cudaEventRecord(f.forked, f.main);
  EXPECT_EQ(cudaEventSynchronize(f.forked), cudaErrorCapturedEvent);
  cudaStreamEndCapture(f.main, &graph);
  EXPECT_EQ(cudaStreamWaitEvent(f.side, f.forked, 0), cudaErrorStreamCaptureIsolation);
}

TEST_F(CaptureTest, HostFunctionsAndKernelArgumentsAreKept) {
  Fork f;
  int calls = 0;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  cudaStreamBeginCapture(f.main, cudaStreamCaptureModeThreadLocal);
  cudaLaunchHostFunc(
      f.main, [](void* p) { ++*static_cast<int*>(p); }, &calls);
  {
    const float factor = 4.0f;  // destroyed before the graph runs
    launch_scale(f.in, f.out, kCount, factor, f.main);
  }
  cudaStreamEndCapture(f.main, &graph);
  cudaGraphInstantiate(&exec, graph, 0);
  copy_in(f.in, f.host_in, f.main);
  for (int i = 0; i < 3; ++i) cudaGraphLaunch(exec, f.main);
  copy_out(f.host_out, f.out, f.main);
  ASSERT_EQ(cudaStreamSynchronize(f.main), cudaSuccess);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(f.host_out[0], 4.0f);
  cudaGraphDestroy(graph);
  cudaGraphExecDestroy(exec);
}

}  // namespace
}  // namespace keraunos::cuda::tests
