// Races that only TSan detects, and several host threads at once.
#include <atomic>
#include <thread>

#include "fixture.h"
#include "kernels.h"

namespace keraunos::cuda::tests {
namespace {

class Threads : public StandIn {};

TEST_F(Threads, TwoBlocksThatWriteOneElementRace) {
  const auto run = [](int blocks) {
    const Stream stream;
    const Device<float> out(1);
    launch_same_element(out, blocks, stream);
    cudaStreamSynchronize(stream);
  };
  expect_race([&] { run(4); }, "data race(.|\n)*kernels.cu");
  run(1);
}

TEST_F(Threads, OneWorkspaceOnTwoStreamsRaces) {
  const auto run = [](bool wait) {
    const Stream first, second;
    const Event done;
    const Device<float> workspace(1);
    float* const data = workspace;
    standin::submit(first, "a product", [data] { *data = 1.0f; }, {}, {{data, 4}});
    cudaEventRecord(done, first);
    if (wait) cudaStreamWaitEvent(second, done, 0);
    standin::submit(second, "a product", [data] { *data = 2.0f; }, {}, {{data, 4}});
    cudaDeviceSynchronize();
  };
  expect_race([&] { run(false); }, "data race(.|\n)*threads_test.cpp(.|\n)*threads_test.cpp");
  run(true);
}

// The stand-in's own lock must not order the threads that call CUDA. TSan remembers four accesses for every eight bytes: next to
// `turn`, which both threads read repeatedly, it may have lost the first thread's write.
TEST_F(Threads, RacesOfTheHostAreNotHidden) {
  const auto run = [] {
    const Device<float> memory(4);
    alignas(8) int shared = 0;
    alignas(8) std::atomic<int> turn = 0;
    const auto work = [&](int mine) {
      const Stream stream;
      while (turn.load(std::memory_order_relaxed) != mine) std::this_thread::yield();
      cudaMemsetAsync(memory + mine, 0, 4, stream);
      ++shared;
      cudaMemsetAsync(memory + mine, 0, 4, stream);
      turn.store(mine + 1, std::memory_order_relaxed);
      cudaStreamSynchronize(stream);
    };
    std::thread one(work, 0), two(work, 1);
    one.join();
    two.join();
  };
  expect_race(run, "data race(.|\n)*threads_test.cpp");
}

TEST_F(Threads, EachThreadWithAStreamOfItsOwnIsRightAndSilent) {
  for (const uint64_t seed : {0, 3, 6}) {
    standin::set_seed(seed);
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([t, &wrong] {
        const Stream stream;
        const Device<float> in(64), out(64);
        const Pinned<float> host_in(64, static_cast<float>(t)), host_out(64);
        for (int i = 0; i < 5; ++i) {
          copy_in(in, host_in, stream);
          launch_scale(in, out, 64, 2.0f, stream);
          copy_out(host_out, out, stream);
          if (cudaStreamSynchronize(stream) != cudaSuccess || host_out[63] != 2.0f * static_cast<float>(t)) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace keraunos::cuda::tests
