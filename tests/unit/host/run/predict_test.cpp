// predict() and Session on models made here: cutting, conversion, states, data-dependent shapes, errors, threads.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

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

TEST(Predict, TakesNoRows) {
  EXPECT_EQ(doubling().predict({std::vector<float>{}, {0, 3}}).dims(), (Dims{0, 3}));
}

TEST(Predict, RowsThatMixAreCutAsKerasCutsThem) {
  const Model model = model_of(kRowsOfThree, kOne, [](Graph& graph, auto, auto) {
    Builder b(graph);
    const int axis = 0;
    graph.outputs = {b.subtract(graph.inputs[0], b.reduce(Reduction::mean, graph.inputs[0], {&axis, 1}, true))};
  });
  const std::vector<float> x = counting(40 * 3);
  const Tensor y = model.predict({x, {40, 3}});  // 32 rows, then 8, each minus its own mean
  EXPECT_FLOAT_EQ(y.values<float>()[0], -46.5f);
  EXPECT_FLOAT_EQ(y.values<float>()[32 * 3], -10.5f);
}

TEST(Predict, ConvertsDtypesAndMendsTheRank) {
  const Model model = model_of({{"x", DType::float32, {std::nullopt, 1}}}, {{"y", DType::float32, {std::nullopt, 1}}}, [](Graph& graph, auto, auto) {
    Builder b(graph);
    graph.outputs = {b.add(graph.inputs[0], 1.0)};
  });
  EXPECT_EQ(model.predict({std::vector<int32_t>{1, 2}, {2}}).values<float>()[1], 3);
  EXPECT_EQ(model.predict({std::vector<double>{1, 2}, {2, 1}}).values<float>()[0], 2);
}

TEST(Predict, SaysWhatIsWrongWithAnInput) {
  const Model model = doubling();
  EXPECT_EQ(message_of([&] { model.predict({counting(8), {2, 4}}); }), "input \"x\" expects (None, 3) float32, found (2, 4) float32");
  EXPECT_EQ(message_of([&] { model.predict({counting(3), {3}}); }),
            "input \"x\" expects (None, 3) float32, found (3,) float32; the first axis counts samples, so one sample is (1, 3)");
  EXPECT_EQ(message_of([&] { model.predict(NamedViews{{"z", {counting(3), {1, 3}}}}); }), "the model has no input \"z\"; it has \"x\"");
  EXPECT_EQ(message_of([&] { model.predict(NamedViews{}); }), "input \"x\" is given not at all; the model wants each of \"x\" once");
  EXPECT_EQ(message_of([&] { model.predict({std::vector<std::string_view>{"a", "b", "c"}, {1, 3}}); }),
            "input \"x\" expects (None, 3) float32, found (1, 3) string; text must become numbers before this model sees it");
}

TEST(Predict, StopsWhenAsked) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(message_of([&] { doubling().predict({counting(9000), {3000, 3}}, {.batch_size = 100, .stop = source.get_token()}); }),
            "predict was stopped after 0 of 3000 rows");
}

TEST(Predict, ReadsMemoryThatIsNotAligned) {
  std::vector<char> bytes(1 + 3 * sizeof(float));
  const float values[] = {1, 2, 3};
  std::memcpy(bytes.data() + 1, values, sizeof values);
  EXPECT_EQ(doubling().predict(TensorView(bytes.data() + 1, DType::float32, {1, 3})).values<float>()[2], 6);
}

TEST(Predict, AnIdOutsideTheTableIsADataError) {
  const Model model = model_of({{"ids", DType::int32, {std::nullopt}}}, {{"rows", DType::float32, {std::nullopt, 2}}}, [](Graph& graph, auto, auto) {
    Builder b(graph);
    graph.origin = "embedding";
    graph.outputs = {b.gather(b.constant(TensorView(std::vector<float>{1, 2, 3, 4}, {2, 2})), graph.inputs[0])};
  });
  EXPECT_EQ(model.predict({std::vector<int32_t>{1}, {1}}).values<float>()[0], 3);
  EXPECT_EQ(message_of([&] { model.predict({std::vector<int32_t>{0, 7}, {2}}); }), "layer \"embedding\": expected ids from 0 to 1, found 7");
  EXPECT_EQ(model.predict({std::vector<int32_t>{1}, {1}}).values<float>()[1], 4) << "an error must not outlive its run";
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

// Repeats each element as often as it says: the width of the result depends on the data.
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
  const Tensor y = model.predict({std::vector<float>{0, 2}, {2}});
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

// Keras computes 32 rows at a time, and a shape that depends on them may differ between the pieces.
TEST(Predict, PiecesWhoseShapesDependOnDataAreJoinedWhereTheyFit) {
  const Model model = repeating();
  const std::vector<float> twos(40, 2.0f);
  EXPECT_EQ(model.predict({twos, {40, 1}}).dims(), (Dims{40, 2}));
  EXPECT_EQ(model.predict({twos, {40, 1}}, {.batch_size = 3}).dims(), (Dims{40, 2}));
  EXPECT_EQ(model.predict({twos, {40, 1}}).values<float>()[79], 2);
  std::vector<float> differ(40, 2.0f);
  std::fill(differ.begin() + 32, differ.end(), 3.0f);
  EXPECT_EQ(message_of([&] { model.predict({differ, {40, 1}}); }),
            "output \"y\" is (8, 3) for rows 32 to 39, but the rows before gave (8, 2): its shape depends on the data. Pass batch_size = 40 to compute all "
            "rows together");
  EXPECT_EQ(model.predict({twos, {40, 1}}).dims(), (Dims{40, 2})) << "an error must not outlive its call";
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
  session.set_states({{"sum/0", {std::vector<float>{5, 5, 5}, {1, 3}}}});
  session.run(in, out);
  EXPECT_EQ(y[0], 6);
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
  const Model model = model_of(kRowsOfThree, {{"y", DType::float32, {std::nullopt, 3}}, {"again", DType::float32, {std::nullopt, 3}}},
                               [](Graph& graph, auto, auto) {
                                 Builder b(graph);
                                 Value v = graph.inputs[0];
                                 for (int i = 0; i < 4; ++i) v = b.softmax(v, -1);
                                 graph.outputs = {v, v};
                               });
  const Named results = model.predict(NamedViews{{"x", {std::vector<float>{0, 0, 0}, {1, 3}}}});
  EXPECT_NEAR(results[1].second.values<float>()[0], 1.0 / 3, 1e-7);
  const Dims dims[] = {{1, 3}};
  EXPECT_NE(model.plan(dims).find("copy to output 1"), std::string::npos);
}

}  // namespace
}  // namespace keraunos::host
