// predict() and Session on models made here: cutting, conversion, states, data-dependent shapes, errors, threads.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <thread>

#include "for_this_call.h"
#include "keraunos/error.h"
#include "message_of.h"
#include "unit/host/run/fake_source.h"

namespace keraunos::host {
namespace {

const std::vector<TensorSpec> kRowsOfThree{{"x", DType::float32, {std::nullopt, 3}}};
const std::vector<TensorSpec> kOne{{"y", DType::float32, {std::nullopt, 3}}};

Model doubling() {
  return model_of(kRowsOfThree, kOne, [](Graph& graph, auto, auto) {
    Builder b(graph);
    graph.outputs = {b.multiply(graph.inputs[0], 2.0)};
  });
}

std::vector<float> counting(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  return values;
}

TEST(Predict, CutsABatchAndJoinsTheResults) {
  const Model model = doubling();
  const std::vector<float> x = counting(5000 * 3);
  std::vector<int64_t> seen;
  const Tensor y = model.predict({x, {5000, 3}}, {.progress = [&](int64_t done, int64_t) { seen.push_back(done); }});
  for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y.values<float>()[i], 2 * x[i]) << i;
  EXPECT_EQ(seen.back(), 5000);
  EXPECT_GT(seen.size(), 1u);
}

TEST(Predict, TakesNoRows) { EXPECT_EQ(doubling().predict({for_this_call(std::vector<float>{}), {0, 3}}).dims(), (Dims{0, 3})); }

TEST(Predict, RowsThatMixAreCutAsKerasCutsThem) {
  const Model model = model_of(kRowsOfThree, kOne, [](Graph& graph, auto, auto) {
    Builder b(graph);
    const int axis = 0;
    graph.outputs = {b.subtract(graph.inputs[0], b.reduce(Reduction::mean, graph.inputs[0], {&axis, 1}, true))};
  });
  const std::vector<float> x = counting(40 * 3);
  const Tensor y = model.predict({x, {40, 3}});  // 32 rows, then 8, from each piece its own mean is subtracted
  EXPECT_FLOAT_EQ(y.values<float>()[0], -46.5f);
  EXPECT_FLOAT_EQ(y.values<float>()[32 * 3], -10.5f);
}

TEST(Predict, OutputsWithoutARowForEachRowAreJoined) {
  const std::vector<TensorSpec> outputs{
      {"one", DType::float32, {1, 3}}, {"all", DType::float32, {std::nullopt, 3}}, {"value", DType::float32, {}}};
  const Model model = model_of(kRowsOfThree, outputs, [](Graph& graph, auto, auto) {
    Builder b(graph);
    const std::array axes{0, 1};
    const Value x = graph.inputs[0], largest = b.reduce(Reduction::maximum, x, std::span(axes).first(1), true);
    graph.outputs = {largest, b.subtract(x, largest), b.reduce(Reduction::maximum, x, axes)};
  });
  const std::vector<float> x = counting(40 * 3);
  const Named y = model.predict(NamedViews{{"x", {x, {40, 3}}}});
  EXPECT_EQ(y[0].second.dims(), (Dims{2, 3}));
  EXPECT_EQ(y[0].second.values<float>()[5], 119);
  EXPECT_EQ(y[1].second.dims(), (Dims{40, 3}));
  EXPECT_EQ(y[1].second.values<float>()[32 * 3], -21);
  EXPECT_EQ(y[2].second.dims(), (Dims{2}));
  EXPECT_EQ(y[2].second.values<float>()[0], 95);
  EXPECT_EQ(model.predict(NamedViews{{"x", {std::span(x).first(24), {8, 3}}}})[2].second.dims(), Dims{});
}

TEST(Predict, RowsThatAreAsLongAsTheirNumberCannotBeJoined) {
  const std::vector<TensorSpec> square{{"y", DType::float32, {std::nullopt, std::nullopt}}};
  const Model model = model_of(kRowsOfThree, square, [](Graph& graph, auto, auto) {
    graph.outputs = {Builder(graph).matmul(graph.inputs[0], graph.inputs[0], false, true)};
  });
  EXPECT_EQ(model.predict({for_this_call(counting(192)), {64, 3}}).dims(), (Dims{64, 32}));
  EXPECT_EQ(
      message_of([&] {
        model.predict({for_this_call(counting(120)), {40, 3}});
      }),
      "output \"y\" is (32, 32) for one part of the rows and (8, 8) for another, which cannot be joined; batch_size says how "
      "many rows are computed together");
}

// Accepts four rows at a time, or none.
Model in_fours() {
  return model_of(kRowsOfThree, kOne, [](Graph& graph, auto, auto) {
    Builder b(graph);
    graph.outputs = {b.reshape(b.softmax(b.reshape(graph.inputs[0], {{2}, {6}}), 1), {{4}, {3}})};
  });
}

TEST(Predict, ABatchThatDoesNotFitIsRefusedByTheCallersShape) {
  const Model model = in_fours();
  EXPECT_EQ(model.predict({for_this_call(counting(8 * 3)), {8, 3}}, {.batch_size = 4}).dims(), (Dims{8, 3}));
  EXPECT_EQ(
      message_of([&] {
        model.predict({for_this_call(counting(9)), {3, 3}});
      }),
      "the model does not take inputs of these shapes (\"x\" (3, 3)): a tensor of shape (3, 3) cannot be reshaped to (2, 6)");
  EXPECT_EQ(
      message_of([&] {
        model.predict({for_this_call(counting(120)), {40, 3}});
      }),
      "the model does not take inputs of these shapes (\"x\" (32, 3)): a tensor of shape (32, 3) cannot be reshaped to (2, 6); "
      "the 40 rows of this call are computed 32 at a time, as Keras's predict does; batch_size may say another number");
}

TEST(Predict, AnErrorOfAProbeThatIsNoRefusalIsHeard) {
  const Model model = model_of(kRowsOfThree, kOne, [](Graph& graph, std::span<const TensorType> inputs, auto) {
    if (inputs[0].dims[0] == 11) throw Error("the library is at fault");
    graph.outputs = {Builder(graph).multiply(graph.inputs[0], 2.0)};
  });
  EXPECT_EQ(message_of([&] { model.predict({for_this_call(counting(120)), {40, 3}}); }), "the library is at fault");
}

TEST(Predict, ConvertsDtypesAndMendsTheRank) {
  const Model model = model_of({{"x", DType::float32, {std::nullopt, 1}}}, {{"y", DType::float32, {std::nullopt, 1}}},
                               [](Graph& graph, auto, auto) {
                                 Builder b(graph);
                                 graph.outputs = {b.add(graph.inputs[0], 1.0)};
                               });
  EXPECT_EQ(model.predict({for_this_call(std::vector<int32_t>{1, 2}), {2}}).values<float>()[1], 3);
  EXPECT_EQ(model.predict({for_this_call(std::vector<double>{1, 2}), {2, 1}}).values<float>()[0], 2);
}

TEST(Predict, SaysWhatIsWrongWithAnInput) {
  const Model model = doubling();
  EXPECT_EQ(message_of([&] {
              model.predict({for_this_call(counting(8)), {2, 4}});
            }),
            "input \"x\" expects (None, 3) float32, found (2, 4) float32");
  EXPECT_EQ(message_of([&] {
              model.predict({for_this_call(counting(3)), {3}});
            }),
            "input \"x\" expects (None, 3) float32, found (3,) float32; the first axis counts samples, so one sample is (1, 3)");
  EXPECT_EQ(message_of([&] {
              model.predict(NamedViews{{"z", {for_this_call(counting(3)), {1, 3}}}});
            }),
            "the model has no input \"z\"; it has \"x\"");
  EXPECT_EQ(message_of([&] { model.predict(NamedViews{}); }),
            "input \"x\" is given not at all; the model wants each of \"x\" once");
  EXPECT_EQ(message_of([&] {
              model.predict({for_this_call(std::vector<std::string_view>{"a", "b", "c"}), {1, 3}});
            }),
            "input \"x\" expects (None, 3) float32, found (1, 3) string; text must become numbers before this model sees it");
}

TEST(Predict, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(message_of([&] {
              doubling().predict({for_this_call(counting(9000)), {3000, 3}}, {.batch_size = 100, .stop = source.get_token()});
            }),
            "predict was stopped after 0 of 3000 rows");
}

TEST(Predict, ReadsMemoryThatIsNotAligned) {
  std::vector<char> bytes(1 + 3 * sizeof(float));
  const float values[] = {1, 2, 3};
  std::memcpy(bytes.data() + 1, values, sizeof values);
  EXPECT_EQ(doubling().predict(TensorView(bytes.data() + 1, DType::float32, {1, 3})).values<float>()[2], 6);
}

TEST(Predict, AnIdOutsideTheTableIsADataError) {
  const Model model = model_of(
      {{"ids", DType::int32, {std::nullopt}}}, {{"rows", DType::float32, {std::nullopt, 2}}}, [](Graph& graph, auto, auto) {
        Builder b(graph);
        graph.origin = "embedding";
        graph.outputs = {
            b.gather(b.constant(TensorView(for_this_call(std::vector<float>{1, 2, 3, 4}), {2, 2})), graph.inputs[0])};
      });
  EXPECT_EQ(model.predict({for_this_call(std::vector<int32_t>{1}), {1}}).values<float>()[0], 3);
  EXPECT_EQ(message_of([&] {
              model.predict({for_this_call(std::vector<int32_t>{0, 7}), {2}});
            }),
            "layer \"embedding\": expected ids from 0 to 1, found 7");
  EXPECT_EQ(model.predict({for_this_call(std::vector<int32_t>{1}), {1}}).values<float>()[1], 4)
      << "an error must not outlive its run";
}

TEST(Predict, ManyThreadsGetTheirOwnResults) {
  const Model model = doubling();
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 50; ++round) {
        const int64_t rows = 1 + static_cast<int64_t>(t) % 3;
        const std::vector<float> x(static_cast<size_t>(rows * 3), static_cast<float>(t));
        const Tensor y = model.predict({x, {rows, 3}});
        for (float v : y.values<float>()) wrong[t] += v != 2 * static_cast<float>(t);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int count : wrong) EXPECT_EQ(count, 0);
}

// Repeats each element as often as its value: the width of the result depends on the data.
class RepeatKernel final : public Kernel {
 public:
  std::string name() const override { return "repeat"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const override { return std::nullopt; }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<float> out;
    for (int64_t i = 0; i < inputs[0].dims.elements(); ++i) {
      const float value = static_cast<const float*>(inputs[0].data)[i];
      out.insert(out.end(), static_cast<size_t>(value), value);
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::copy_of({out, {static_cast<int64_t>(out.size())}}));
    return results;
  }
};

TEST(Predict, AKernelWhoseShapeDependsOnDataEndsASegment) {
  const Model model = model_of({{"x", DType::float32, {std::nullopt}}}, {{"y", DType::float32, {std::nullopt}}},
                               [](Graph& graph, auto, std::span<const std::vector<TensorType>> known) {
                                 Builder b(graph);
                                 if (known.empty()) {
                                   graph.pending = Pending{std::make_shared<RepeatKernel>(), "repeat"};
                                   graph.outputs = {b.add(graph.inputs[0], 1.0)};
                                 } else {
                                   graph.outputs = {b.multiply(graph.inputs[1], 10.0)};
                                 }
                               });
  const Tensor y = model.predict({for_this_call(std::vector<float>{0, 2}), {2}});
  EXPECT_EQ(y.dims(), Dims{4});
  EXPECT_EQ(y.values<float>()[0], 10);
  EXPECT_EQ(y.values<float>()[3], 30);
}

Model repeating() {
  return model_of({{"x", DType::float32, {std::nullopt, 1}}}, {{"y", DType::float32, {std::nullopt, std::nullopt}}},
                  [](Graph& graph, std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) {
                    Builder b(graph);
                    if (known.empty()) {
                      graph.pending = Pending{std::make_shared<RepeatKernel>(), "repeat"};
                      graph.outputs = {graph.inputs[0]};
                    } else {
                      const int64_t rows = inputs[0].dims[0], each = known[0][0].dims.elements() / rows;
                      graph.outputs = {b.reshape(graph.inputs[1], shape_of(Dims{rows, each}))};
                    }
                  });
}

// Keras computes 32 rows at a time; a shape that depends on the rows may differ between the pieces.
TEST(Predict, PiecesWhoseShapesDependOnDataAreJoinedWhereTheyFit) {
  const Model model = repeating();
  const std::vector<float> twos(40, 2.0f);
  EXPECT_EQ(model.predict({twos, {40, 1}}).dims(), (Dims{40, 2}));
  EXPECT_EQ(model.predict({twos, {40, 1}}, {.batch_size = 3}).dims(), (Dims{40, 2}));
  EXPECT_EQ(model.predict({twos, {40, 1}}).values<float>()[79], 2);
  std::vector<float> differ(40, 2.0f);
  std::fill(differ.begin() + 32, differ.end(), 3.0f);
  EXPECT_EQ(
      message_of([&] {
        model.predict({differ, {40, 1}});
      }),
      "output \"y\" is (32, 2) for one part of the rows and (8, 3) for another, which cannot be joined; batch_size says how "
      "many rows are computed together");
  EXPECT_EQ(model.predict({twos, {40, 1}}).dims(), (Dims{40, 2})) << "an error must not outlive its call";
}

// Keras concatenates whatever the pieces give along the first axis.
TEST(Predict, PiecesWithoutARowForEachRowAreConcatenated) {
  const Model model = model_of({{"x", DType::float32, {std::nullopt, 1}}}, {{"y", DType::float32, {std::nullopt}}},
                               [](Graph& graph, auto, std::span<const std::vector<TensorType>> known) {
                                 if (known.empty()) graph.pending = Pending{std::make_shared<RepeatKernel>(), "repeat"};
                                 graph.outputs = {known.empty() ? graph.inputs[0] : graph.inputs[1]};
                               });
  const std::vector<float> x{1, 1, 3, 0, 2};  // the first two rows give two elements by chance
  const Tensor y = model.predict({x, {5, 1}}, {.batch_size = 2});
  ASSERT_EQ(y.dims(), Dims{7});
  EXPECT_EQ(std::vector<float>(y.values<float>().begin(), y.values<float>().end()), (std::vector<float>{1, 1, 3, 3, 3, 2, 2}));
}

Model accumulating() {
  return model_of(kRowsOfThree, kOne, [](Graph& graph, std::span<const TensorType> inputs, auto) {
    Builder b(graph);
    const Value before = graph.add_value({.shape = shape_of(inputs[0].dims)});
    const Value after = b.add(before, graph.inputs[0]);
    graph.states = {{"sum/0", before, after}};
    graph.outputs = {after};
  });
}

TEST(Session, KeepsStatesThatPredictDoesNotShare) {
  const Model model = accumulating();
  Session session = model.session();
  const std::vector<float> x{1, 2, 3};
  std::vector<float> y(3);
  const TensorView in[] = {{x, {1, 3}}};
  const MutableView out[] = {{y.data(), DType::float32, {1, 3}}};
  session.run(in, out);
  session.run(in, out);
  EXPECT_EQ(y[2], 6);
  EXPECT_EQ(session.states()[0].second.values<float>()[0], 2);
  session.reset_states();
  session.run(in, out);
  EXPECT_EQ(y[2], 3);
  session.set_states({{"sum/0", {for_this_call(std::vector<float>{5, 5, 5}), {1, 3}}}});
  session.run(in, out);
  EXPECT_EQ(y[0], 6);
}

// For each of two rows, the running sum of the previous inputs.
Model summing_pairs() {
  const std::vector<TensorSpec> pairs{{"x", DType::float32, {2, 3}}};
  auto source = std::make_shared<FakeSource>(pairs, pairs, [](Graph& graph, std::span<const TensorType> inputs, auto) {
    const Value before = graph.add_value({.shape = shape_of(inputs[0].dims)});
    const Value after = Builder(graph).add(before, graph.inputs[0]);
    graph.states = {{"sum/0", before, after}};
    graph.outputs = {after};
  });
  source->keep_states();
  return make_model(source, {.device = Device{}, .threads = 2});
}

TEST(Predict, StatesGoOnFromBatchToBatchAndStartAtZeroInEveryCall) {
  const Model model = summing_pairs();
  for (const int64_t batch_size : {0, 2, 0}) {
    const Tensor y = model.predict({for_this_call(counting(18)), {6, 3}}, {.batch_size = batch_size});
    EXPECT_EQ(y.values<float>()[12], 0 + 6 + 12);
    EXPECT_EQ(y.values<float>()[17], 5 + 11 + 17);
  }
}

TEST(Predict, AStatefulModelNamesItsBatch) {
  const Model model = summing_pairs();
  const std::string batch = "the model is stateful and keeps a state for each row of a batch of 2, which its file fixes";
  EXPECT_NE(message_of([&] {
              model.predict({for_this_call(counting(9)), {3, 3}});
            }).find("the number of rows, 3, is no multiple of the batch: " + batch),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              model.predict({for_this_call(counting(12)), {4, 3}}, {.batch_size = 4});
            }).find("batch_size is 4, but " + batch),
            std::string::npos);
  Session session = model.session();
  const Dims four[] = {{4, 3}};
  EXPECT_EQ(message_of([&] { session.reserve(four); }), batch + "; this call has 4 rows");
}

TEST(Session, RefusesMemoryThatDoesNotFit) {
  Session session = doubling().session();
  const std::vector<float> x{1, 2, 3};
  std::vector<float> y(2);
  const TensorView in[] = {{x, {1, 3}}};
  const MutableView out[] = {{y.data(), DType::float32, {1, 2}}};
  EXPECT_EQ(message_of([&] { session.run(in, out); }), "output \"y\" is (1, 3) float32, but memory was given for (1, 2) float32");
  EXPECT_NE(message_of([&] { session.enqueue(in, out, StreamRef::legacy()); }).find("use run()"), std::string::npos);
}

TEST(Plan, SharesMemoryAndWritesOutputsInPlace) {
  const Model model =
      model_of(kRowsOfThree, {{"y", DType::float32, {std::nullopt, 3}}, {"again", DType::float32, {std::nullopt, 3}}},
               [](Graph& graph, auto, auto) {
                 Builder b(graph);
                 Value v = graph.inputs[0];
                 for (int i = 0; i < 4; ++i) v = b.softmax(v, -1);
                 graph.outputs = {v, v};
               });
  const Named results = model.predict(NamedViews{{"x", {for_this_call(std::vector<float>{0, 0, 0}), {1, 3}}}});
  EXPECT_NEAR(results[1].second.values<float>()[0], 1.0 / 3, 1e-7);
  const Dims dims[] = {{1, 3}};
  EXPECT_NE(model.plan(dims).find("copy to output 1"), std::string::npos);
}

}  // namespace
}  // namespace keraunos::host
