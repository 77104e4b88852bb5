// For any model, predict() returns the results of the pieces that Keras would compute: batches of batch_size rows, or of 32.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "device_under_test.h"
#include "host/run/predict.h"
#include "host/run/row_views.h"
#include "sanitized.h"
#include "unit/calls/random_graph.h"
#include "unit/host/run/fake_source.h"

namespace keraunos::host {
namespace {

constexpr int64_t kRows = 41, kKerasBatch = 32;
// Each has ten plans, each of which takes milliseconds on a GPU.
constexpr uint64_t kModels = kSanitized ? 250 : 1000, kModelsOnGpu = kSanitized ? 60 : 120;

struct Drawn {
  Model model;
  std::shared_ptr<const ModelState> state;
  std::vector<int64_t> sample;
  Tensor x;
};

Drawn drawn(uint64_t seed) {
  const std::vector<int64_t> sample = RandomGraph(seed).sample();
  std::vector<std::optional<int64_t>> shape{std::nullopt};
  shape.insert(shape.end(), sample.begin(), sample.end());
  const auto lower = [seed](Graph& graph, auto, auto) {
    RandomGraph random(seed);
    random.sample();
    Builder b(graph);
    graph.outputs = {random.write(b, graph.inputs[0])};
  };
  const std::vector<TensorSpec> inputs{{"x", DType::float32, shape}},
      outputs{{"y", DType::float32, {std::nullopt, std::nullopt}}};
  auto source = std::make_shared<FakeSource>(inputs, outputs, lower);
  const LoadOptions options{.device = device_under_test(), .precision = Precision::float32, .threads = 2};
  const auto device = make_device(device_under_test(), {.threads = 2, .tf32 = false});
  const auto state = std::make_shared<const ModelState>(source, device, make_device(Device{}, {.threads = 2, .tf32 = false}));
  std::vector<int64_t> sizes{kRows};
  sizes.insert(sizes.end(), sample.begin(), sample.end());
  Tensor x(DType::float32, Dims(sizes));
  std::mt19937_64 random(seed + 1);
  for (int64_t i = 0; i < x.dims().elements(); ++i)
    static_cast<float*>(x.data())[i] = static_cast<float>(random() % 2001) / 1000 - 1;
  return {host::Handles::of(state), state, sample, std::move(x)};
}

// The results of a Session for so many rows at a time: it neither cuts nor pads.
std::vector<float> in_pieces(const Drawn& drawn, int64_t rows) {
  Session session = drawn.model.session();
  std::vector<float> joined;
  for (int64_t start = 0; start < kRows; start += rows) {
    const TensorView in[] = {part_of(TensorView(drawn.x), start, std::min(rows, kRows - start))};
    const Dims dims[] = {in[0].dims};
    const TensorSpec spec = session.outputs_for(dims)[0];
    std::vector<float> y(static_cast<size_t>(*spec.shape[0] * *spec.shape[1]));
    const MutableView out[] = {{y.data(), DType::float32, Dims{*spec.shape[0], *spec.shape[1]}, {}}};
    session.run(in, out);
    joined.insert(joined.end(), y.begin(), y.end());
  }
  return joined;
}

void expect_near(std::span<const float> found, std::span<const float> expected, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  float largest = 1e-3f;
  for (float value : expected) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-4f * largest) << what << ", element " << i;
}

TEST(RowsProperty, PredictGivesWhatKerassPiecesGive) {
  int local = 0;
  const uint64_t models = device_under_test().kind == Device::cuda ? kModelsOnGpu : kModels;
  for (uint64_t seed = 0; seed < models && !HasFailure(); ++seed) {
    const Drawn one = drawn(seed);
    const TensorType type{DType::float32, one.x.dims()};
    local += one.state->batching({&type, 1}).rows_are_local;
    for (const int64_t rows : {0, 1, 3, 7, 11}) {
      const Tensor y = one.model.predict(one.x, {.batch_size = rows});
      expect_near(y.values<float>(), in_pieces(one, rows == 0 ? kKerasBatch : rows),
                  "seed " + std::to_string(seed) + ", batch_size " + std::to_string(rows));
    }
  }
  EXPECT_GT(local, static_cast<int>(models) / 10) << "most models let their rows meet";
  EXPECT_LT(local, static_cast<int>(models) * 9 / 10) << "hardly a model lets its rows meet";
}

// Whether rows are independent for one shape of a row does not imply the same for another shape.
TEST(RowsProperty, IsAskedForEveryShapeOfARow) {
  const std::vector<TensorSpec> rows{{"x", DType::float32, {std::nullopt, std::nullopt}}};
  const Model model = model_of(
      rows, rows,
      [](Graph& graph, std::span<const TensorType> inputs, auto) {
        const int axis = inputs[0].dims[1] == 4 ? 0 : 1;
        Builder b(graph);
        graph.outputs = {b.subtract(graph.inputs[0], b.reduce(Reduction::maximum, graph.inputs[0], {&axis, 1}, true))};
      },
      device_under_test());
  std::vector<float> x(40 * 4);
  std::iota(x.begin(), x.end(), 0.0f);
  EXPECT_EQ(model.predict({std::span(x).first(120), {40, 3}}).values<float>()[0], -2);
  const Tensor y = model.predict({x, {40, 4}});
  EXPECT_EQ(y.values<float>()[0], -31 * 4);
  EXPECT_EQ(y.values<float>()[32 * 4], -7 * 4);
}

// 32 rows of a fixed shape for a piece of 32 rows, and 32 for the remaining 8: that is not one row for each row.
TEST(RowsProperty, AFixedExtentOf32IsNoBatch) {
  const std::vector<TensorSpec> rows{{"x", DType::float32, {std::nullopt, 4}}}, fixed{{"y", DType::float32, {32, std::nullopt}}};
  const Model model = model_of(
      rows, fixed,
      [](Graph& graph, auto, auto) {
        Builder b(graph);
        const int axis = 0;
        const Value x = b.reduce(Reduction::maximum, graph.inputs[0], {&axis, 1}, true);
        graph.outputs = {b.broadcast_to(x, {{32}, {4}})};
      },
      device_under_test());
  std::vector<float> x(40 * 4);
  std::iota(x.begin(), x.end(), 0.0f);
  const Tensor y = model.predict({x, {40, 4}});
  EXPECT_EQ(y.dims(), (Dims{64, 4}));
  EXPECT_EQ(y.values<float>()[0], 31 * 4);
  EXPECT_EQ(y.values<float>()[63 * 4], 39 * 4);
}

}  // namespace
}  // namespace keraunos::host
