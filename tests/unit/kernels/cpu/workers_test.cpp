// The device's threads: each share runs once, also with several callers at a time; and steps that several threads run at once.
#include "kernels/cpu/workers.h"

#include <atomic>
#include <barrier>
#include <thread>

#include "kernels/cpu/parallel.h"
#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

TEST(Workers, EveryChunkRunsOnceAndThreadNumbersDoNotOverlap) {
  Workers workers(4);
  for (int round = 0; round < 2000; ++round) {
    const int64_t count = round % 37;
    std::vector<std::atomic<int>> seen(40);
    std::atomic<int> inside[4]{};
    std::atomic<bool> overlap{false};
    share_out(&workers, 1 + round % 4, count, [&](int64_t begin, int64_t end, int thread) {
      if (thread < 0 || thread > round % 4 || inside[thread].fetch_add(1) != 0) overlap = true;
      for (int64_t i = begin; i < end; ++i) seen[static_cast<size_t>(i)].fetch_add(1);
      inside[thread].fetch_sub(1);
    });
    for (int64_t i = 0; i < 40; ++i) ASSERT_EQ(seen[static_cast<size_t>(i)].load(), i < count ? 1 : 0);
    ASSERT_FALSE(overlap.load());
  }
}

TEST(Workers, SeveralCallersShareThem) {
  Workers workers(3);
  std::atomic<int64_t> sum{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        for (int round = 0; round < 300; ++round) {
          share_out(&workers, 3, 50, [&](int64_t begin, int64_t end, int) { sum.fetch_add(end - begin); });
        }
      });
    }
  }
  EXPECT_EQ(sum.load(), 4 * 300 * 50);
}

TEST(Workers, OneThreadOrNoneNeedsNoWorkers) {
  Workers none(1);
  int64_t sum = 0;
  share_out(&none, 4, 10, [&](int64_t begin, int64_t end, int) { sum += end - begin; });
  share_out(nullptr, 4, 10, [&](int64_t begin, int64_t end, int) { sum += end - begin; });
  EXPECT_EQ(sum, 20);
}

// Two callers at once, each with one of the two workers: none of the four shares ends before all have begun.
TEST(Workers, CallersHaveJobsAtTheSameTime) {
  Workers workers(3);
  std::barrier all(4);
  const auto call = [&] {
    share_out(
        &workers, 2, 2, [&](int64_t, int64_t, int) { all.arrive_and_wait(); }, 1);
  };
  std::jthread other(call);
  call();
}

TEST(Workers, AreOneSetForTheProcessWhileSomeoneHoldsThem) {
  std::shared_ptr<Workers> one = shared_workers(3), other = shared_workers(2);
  EXPECT_EQ(one, other);
  const std::shared_ptr<Workers> larger = shared_workers(5);
  EXPECT_NE(larger, one);
  EXPECT_EQ(shared_workers(3), larger);
  const std::weak_ptr<Workers> seen = one;
  one.reset();
  EXPECT_FALSE(seen.expired());
  other.reset();
  EXPECT_TRUE(seen.expired());
}

// Executors that run tasks at the same time, one after the other, twice or not at all, and with indices that were not requested.
TEST(Workers, OfTheCallersRunEveryChunkOnce) {
  const std::vector<Executor> executors{
      [](int64_t count, const std::function<void(int64_t)>& task) {
        std::vector<std::jthread> threads;
        for (int64_t i = 0; i < count; ++i) threads.emplace_back([&task, i] { task(i); });
      },
      [](int64_t count, const std::function<void(int64_t)>& task) {
        for (int64_t i = 0; i < count; ++i) task(i);
        for (int64_t i = 0; i < count; ++i) task(i);
      },
      [](int64_t, const std::function<void(int64_t)>&) {},
      [](int64_t count, const std::function<void(int64_t)>& task) { task(-1), task(count), task(count + 7); }};
  for (const Executor& executor : executors) {
    Workers workers(executor);
    std::vector<std::atomic<int>> seen(40);
    std::atomic<bool> beyond{false};
    share_out(&workers, 3, 40, [&](int64_t begin, int64_t end, int thread) {
      if (thread < 0 || thread > 2) beyond = true;
      for (int64_t i = begin; i < end; ++i) seen[static_cast<size_t>(i)].fetch_add(1);
    });
    for (const auto& count : seen) EXPECT_EQ(count.load(), 1);
    EXPECT_FALSE(beyond.load());
  }
}

// One prepared convolution, product and recurrence, run by four threads with their own operands.
TEST(Step, SeveralThreadsAtOnce) {
  Net net(3);
  Window window;
  window.size = {3, 3, 1}, window.low = window.high = {1, 1, 0};
  const Value x = net.input(random_tensor(DType::float32, {2, 20, 20, 16}, 1));
  net.build.convolve(x, net.constant(random_tensor(DType::float32, {3, 3, 16, 40}, 2)), window);
  const Value a = net.input(random_tensor(DType::float32, {130, 200}, 3));
  net.build.matmul(a, net.constant(random_tensor(DType::float32, {200, 90}, 4)));
  const Value in[6]{net.input(random_tensor(DType::float32, {9, 12, 256}, 5)),
                    net.constant(random_tensor(DType::float32, {64, 256}, 6, 0.1))};
  net.graph.add(host::Recurrent{}, {std::begin(in), std::end(in)});
  net.run();
  PlainConstants constants(net.graph);
  for (const host::Node& node : net.graph.nodes) {
    constants.next_node();
    const auto step = net.device->prepare(net.graph, node, constants);
    std::vector<const void*> operands;
    for (size_t i = 0; i < node.in.size(); ++i) {
      operands.push_back(node.in[i] && !constants.was_packed(i) ? net.at(node.in[i]).data() : nullptr);
    }
    std::vector<std::jthread> callers;
    std::atomic<int> wrong{0};
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&] {
        std::vector<Tensor> results;
        std::vector<void*> out;
        for (Value v : node.out) results.emplace_back(net.graph.info(v).dtype, host::dims_of(net.graph.info(v).shape));
        for (Tensor& t : results) out.push_back(t.data());
        const std::shared_ptr<void> workspace = net.device->allocate(step->workspace_bytes);
        for (int round = 0; round < 5; ++round) {
          step->enqueue({.in = operands, .out = out, .workspace = workspace.get(), .error = nullptr, .stream = nullptr});
          for (size_t i = 0; i < results.size(); ++i) {
            wrong += std::memcmp(results[i].data(), net.at(node.out[i]).data(), static_cast<size_t>(results[i].bytes())) != 0;
          }
        }
      });
    }
    callers.clear();
    EXPECT_EQ(wrong.load(), 0) << step->kernel;
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
