// Pieces of a batch side by side on two threads: results, errors, progress, stops.
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <numeric>
#include <thread>

#include "for_this_call.h"
#include "keraunos/error.h"
#include "keraunos/layer.h"
#include "message_of.h"
#include "unit/host/run/fake_source.h"

namespace keraunos::host {
namespace {

/// Doubles its rows after calling a function of the test with them.
class Watched final : public Kernel {
 public:
  explicit Watched(std::function<void(std::span<const float>)> watch) : watch_(std::move(watch)) {}
  std::string name() const override { return "watched"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override { return {{inputs[0]}}; }
  bool rows_are_local() const override { return true; }
  void run(std::span<const TensorView> in, std::span<const MutableView> out) const override {
    const auto* x = static_cast<const float*>(in[0].data);
    watch_({x, static_cast<size_t>(in[0].dims.elements())});
    for (int64_t i = 0; i < in[0].dims.elements(); ++i) static_cast<float*>(out[0].data)[i] = 2 * x[i];
  }

 private:
  std::function<void(std::span<const float>)> watch_;
};

Model watched(std::function<void(std::span<const float>)> watch) {
  const auto kernel = std::make_shared<Watched>(std::move(watch));
  const auto lower = [kernel](Graph& graph, auto, auto) {
    Builder b(graph);
    graph.origin = "watched";
    graph.outputs = {b.add(b.call(kernel, graph.inputs)[0], 1.0)};
  };
  const std::vector<TensorSpec> row{{"x", DType::float32, {std::nullopt, 2}}};
  return make_model(std::make_shared<FakeSource>(row, row, lower), {.device = Device{}, .threads = 2});
}

std::vector<float> counted_rows(int64_t rows) {
  std::vector<float> values(static_cast<size_t>(2 * rows));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

/// The first two callers wait for each other, so that both threads take part.
class Meeting {
 public:
  void come() {
    std::unique_lock lock(mutex_);
    ++came_;
    met_.notify_all();
    // only a failing test waits that long: otherwise the other piece arrives soon
    if (!met_.wait_for(lock, std::chrono::seconds(20), [&] { return came_ >= 2; }))
      throw DataError("the other thread never came");
  }

 private:
  std::mutex mutex_;
  std::condition_variable met_;
  int came_ = 0;
};

TEST(SideBySide, EveryRowGetsItsResult) {
  const Model model = watched([](auto) {});
  for (const int64_t rows : {2, 3, 64, 101}) {
    const std::vector<float> x = counted_rows(rows);
    for (const int64_t at_a_time : {int64_t{0}, int64_t{1}, int64_t{7}}) {
      const Tensor y = model.predict({x, {rows, 2}}, {.batch_size = at_a_time});
      ASSERT_EQ(y.dims(), (Dims{rows, 2}));
      for (size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(y.values<float>()[i], 2 * x[i] + 1) << rows << " rows, " << at_a_time << " at a time: " << i;
    }
  }
}

TEST(SideBySide, ThePlanSaysSo) {
  const std::vector<TensorSpec> row{{"x", DType::float32, {std::nullopt, 1 << 20}}};
  const auto lower = [](Graph& graph, auto, auto) { graph.outputs = {Builder(graph).multiply(graph.inputs[0], 2.0)}; };
  const Model model = make_model(std::make_shared<FakeSource>(row, row, lower), {.device = Device{}, .threads = 2});
  const auto plan_of = [&](int64_t rows) {
    const Dims dims[]{{rows, 1 << 20}};
    return model.plan(dims);
  };
  EXPECT_NE(plan_of(4).find("predict() cuts these 4 rows into pieces of 1, side by side on its threads"), std::string::npos)
      << plan_of(4);
  EXPECT_EQ(plan_of(1).find("pieces"), std::string::npos);
}

TEST(SideBySide, TwoPiecesRunAtOnce) {
  Meeting meeting;
  const Model model = watched([&](auto) { meeting.come(); });
  EXPECT_NO_THROW(model.predict({for_this_call(counted_rows(2)), {2, 2}}, {.batch_size = 1}));
}

TEST(SideBySide, AnErrorOfOnePieceEndsTheCallAndNothingElse) {
  bool fails = true;
  const Model model = watched([&](std::span<const float> x) {
    if (fails && x[0] == 20) throw DataError("ten is too much");
  });
  const std::vector<float> x = counted_rows(40);
  EXPECT_EQ(message_of<DataError>([&] { model.predict({x, {40, 2}}, {.batch_size = 1}); }), "layer \"watched\": ten is too much");
  fails = false;
  EXPECT_EQ(model.predict({x, {40, 2}}, {.batch_size = 1}).values<float>()[79], 159);
}

TEST(SideBySide, AnErrorEndsTheOtherPiecesToo) {
  std::atomic<int> runs{0};
  const Model model = watched([&](auto) {
    ++runs;
    throw DataError("no");
  });
  EXPECT_THROW(model.predict({for_this_call(counted_rows(400)), {400, 2}}, {.batch_size = 1}), DataError);
  EXPECT_LE(runs, 2) << "one for each thread";
}

TEST(SideBySide, ProgressComesFromTheCallingThreadAndGrows) {
  Meeting meeting;
  const Model model = watched([&](auto) { meeting.come(); });
  std::vector<int64_t> seen;
  const auto caller = std::this_thread::get_id();
  model.predict({for_this_call(counted_rows(50)), {50, 2}}, {.batch_size = 1, .progress = [&](int64_t done, int64_t total) {
                                                               EXPECT_EQ(std::this_thread::get_id(), caller);
                                                               EXPECT_EQ(total, 50);
                                                               seen.push_back(done);
                                                             }});
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 50);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 50), 1);
}

TEST(SideBySide, StopsBetweenPieces) {
  std::stop_source source;
  std::atomic<int> pieces{0};
  const Model model = watched([&](auto) {
    if (++pieces >= 3) source.request_stop();
  });
  const std::string said = message_of<Cancelled>([&] {
    model.predict({for_this_call(counted_rows(400)), {400, 2}}, {.batch_size = 1, .stop = source.get_token()});
  });
  EXPECT_TRUE(said.starts_with("predict was stopped after ") && said.ends_with(" of 400 rows")) << said;
  EXPECT_LE(pieces, 4) << "each thread ends with the piece it is at";
}

TEST(SideBySide, WhatTheCallersFunctionThrowsComesBack) {
  const Model model = watched([](auto) {});
  EXPECT_EQ(message_of<std::runtime_error>([&] {
              model.predict({for_this_call(counted_rows(50)), {50, 2}},
                            {.batch_size = 1, .progress = [](int64_t, int64_t) { throw std::runtime_error("enough"); }});
            }),
            "enough");
}

}  // namespace
}  // namespace keraunos::host
