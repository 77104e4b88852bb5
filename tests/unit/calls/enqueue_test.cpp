// A Session that alternates between its own calls and calls on the caller's stream: unfinished work keeps its addresses, its
// memory and its plan.
#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "callers_stream.h"
#include "keraunos/session.h"
#include "recorded.h"

namespace keraunos {
namespace {

using Words = std::vector<std::string_view>;

/// string_lookup_k3: its words are looked up on the host, in stream order; red, green, blue are 1, 2, 3 of the first output.
class Enqueue : public testing::Test {
 protected:
  void SetUp() override {
    if (device_under_test().kind == Device::cpu) GTEST_SKIP() << "the CPU has no streams";
    session.emplace(model.session());
  }

  struct Results {
    std::vector<Tensor> tensors;
    std::vector<MutableView> views;
    std::vector<int64_t> first() const {
      for (const Tensor& tensor : tensors) {
        if (tensor.dtype() == DType::int64) return {tensor.values<int64_t>().begin(), tensor.values<int64_t>().end()};
      }
      return {};
    }
  };
  Results results(int64_t rows) {
    Results r;
    for (const TensorSpec& spec : session->outputs_for(std::vector<Dims>{{rows, 3}})) {
      std::vector<int64_t> sizes;
      for (const auto& extent : spec.shape) sizes.push_back(*extent);
      r.tensors.emplace_back(spec.dtype, Dims(sizes));
    }
    for (Tensor& tensor : r.tensors) r.views.push_back(tensor.mutable_view());
    return r;
  }
  static std::vector<TensorView> view(const Words& words) { return {{words, {static_cast<int64_t>(words.size() / 3), 3}}}; }
  void enqueue(const Words& words, Results& to) { session->enqueue(view(words), to.views, StreamRef(stream->get())); }

  const Recorded recorded{"string_lookup_k3"};
  Model model = recorded.load();
  std::optional<CallersStream> stream{std::in_place};
  std::optional<Session> session;
  const Words colours{"red", "green", "blue"}, blue{"blue", "blue", "blue"};
  const std::vector<int64_t> of_colours{1, 2, 3}, of_blue{3, 3, 3};
};

TEST_F(Enqueue, ARecordedRunReadsItsOwnMemoryAfterwards) {
  Results own = results(1), theirs = results(1);
  for (int i = 0; i < 3; ++i) session->run(view(colours), own.views);  // the second call records, the third replays
  enqueue(blue, theirs);
  stream->synchronize();
  session->run(view(colours), own.views);
  EXPECT_EQ(own.first(), of_colours);
  EXPECT_EQ(theirs.first(), of_blue);
}

TEST_F(Enqueue, TwoCallsAndOneWait) {
  Results first = results(1), second = results(1);
  enqueue(colours, first), enqueue(blue, second);
  stream->synchronize();
  session->check();
  EXPECT_EQ(first.first(), of_colours);
  EXPECT_EQ(second.first(), of_blue);
}

// More shapes than a session keeps plans for, the largest last: its memory grows and its first plans are removed while they still
// run.
TEST_F(Enqueue, ManyShapesAndOneWait) {
  std::vector<Words> words;
  std::vector<Results> found;
  for (size_t rows = 1; rows <= 12; ++rows)
    words.emplace_back(3 * rows, "blue"), found.push_back(results(static_cast<int64_t>(rows)));
  session.emplace(model.session());
  for (size_t i = 0; i < words.size(); ++i) enqueue(words[i], found[i]);
  stream->synchronize();
  session->check();
  for (size_t i = 0; i < words.size(); ++i) EXPECT_EQ(found[i].first(), std::vector<int64_t>(words[i].size(), 3)) << i;
}

TEST_F(Enqueue, ARunWaitsForWhatIsUnderWay) {
  Results theirs = results(1), own = results(1);
  enqueue(colours, theirs);
  session->run(view(blue), own.views);
  stream->synchronize();
  EXPECT_EQ(theirs.first(), of_colours);
  EXPECT_EQ(own.first(), of_blue);
}

TEST_F(Enqueue, TheSessionEndsBeforeItsWork) {
  Results theirs = results(1);
  enqueue(colours, theirs);
  session.reset();
  stream->synchronize();
  EXPECT_EQ(theirs.first(), of_colours);
}

TEST_F(Enqueue, TheStreamEndsBeforeTheSession) {
  Results theirs = results(1), own = results(1);
  enqueue(colours, theirs);
  stream.reset();
  session->run(view(blue), own.views);
  EXPECT_EQ(theirs.first(), of_colours);
  EXPECT_EQ(own.first(), of_blue);
}

}  // namespace
}  // namespace keraunos
