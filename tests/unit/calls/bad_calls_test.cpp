// Faulty calls on valid models: each is refused in a sentence that names the input, what was expected and what was found, and the
// model keeps working. Messages about bad values (an id outside a table, a word outside a vocabulary) name the layer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "altered.h"
#include "callers_stream.h"
#include "device_under_test.h"
#include "for_this_call.h"
#include "golden/golden.h"
#include "recorded.h"

namespace keraunos {
namespace {

template <class E = UsageError, class Call>
void refuses(Call&& call, const std::vector<std::string>& words) {
  const std::string complaint = complaint_of<E>(std::forward<Call>(call));
  if (std::getenv("KERAUNOS_SHOW")) std::cout << "  " << complaint << '\n';
  expect_sentence(complaint, words);
}

Model model_of(const std::string& name) { return Recorded(name).load(); }

const std::vector<float> kFloats(64, 0.5f);

TensorView floats(const Dims& dims) { return {std::span(kFloats).first(static_cast<size_t>(dims.elements())), dims}; }

// In a function of a SavedModel: TensorFlow refuses such texts, too.
TEST(BadValue, TextsTooShortForAPart) {
  const Recorded recorded("function_text_parts");
  const Model model = recorded.load();
  NamedViews inputs = recorded.inputs(model, 2);
  const std::vector<std::string_view> texts{"abc", "", "end", "more"};
  for (auto& [name, view] : inputs) {
    if (name == "n") view = {texts, {2, 2}};
  }
  refuses<DataError>([&] { model.predict(inputs); }, {"serving_default", "of a text of 0 bytes"});
}

// A field of a protocol buffer that holds up to 127 bytes.
std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

// A message tf.train.Example with one feature; kinds: 1 texts, 2 float32, 3 int64.
std::string example(const std::string& key, int kind, const std::string& values) {
  return field(1, field(1, field(1, key) + field(2, field(kind, field(1, values)))));
}

TEST(BadValue, MessagesThatAreNoExamples) {
  const Model model = model_of("function_examples");
  const auto call = [&](const std::string& message) {
    return [&model, message] {
      const std::vector<std::string_view> messages{message};
      const NamedViews inputs{{"examples", {messages, {1}}}};
      model.predict(inputs);
    };
  };
  const std::string ones(16, '\1');  // four numbers of float32, or sixteen of int64
  EXPECT_NO_THROW(call(example("age", 2, ones))());
  refuses<DataError>(call("\xff\xff"), {"serving_default", "tf.train.Example", "row 0", "damaged"});
  refuses<DataError>(call(""), {"serving_default", "row 0", "\"age\"", "not there", "no default"});
  refuses<DataError>(call(example("age", 2, ones.substr(4))), {"\"age\"", "holds 3 values", "expected 4"});
  refuses<DataError>(call(example("age", 2, ones.substr(1))), {"row 0", "a number is cut off"});
  refuses<DataError>(call(example("age", 3, ones)), {"\"age\"", "int64", "expected float32"});
}

// One layer that calls `function` with x, floats (3), as integers.
Model calling(const std::string& function, const std::string& keywords) {
  const auto layer = [](const std::string& name, const std::string& called, const std::string& input, const std::string& words) {
    return R"(, {"class_name": "TFOpLambda", "name": ")" + name + R"(", "config": {"name": ")" + name + R"(", "function": ")" +
           called + R"("}, "inbound_nodes": [[")" + input + R"(", 0, 0, {)" + words + "}]]}";
  };
  const std::string text =
      R"({"class_name": "Functional", "keras_version": "2.15.0", "config": {"name": "model", "layers": [{"class_name": )"
      R"("InputLayer", "name": "x", "inbound_nodes": [], "config": {"name": "x", "dtype": "float32", "batch_input_shape": [3]}})" +
      layer("i", "cast", "x", R"("dtype": "int64")") + layer("y", function, "i", keywords) +
      R"(], "input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]]}})";
  const Folder folder;
  return golden::load_synthetic(folder.write("model.json", text), {.device = device_under_test()}, 1);
}

// The row starts are data.
TEST(BadValue, RowsThatAreNotThere) {
  const auto call = [](const Model& model, const std::vector<float>& starts) {
    return [&model, starts] { model.predict({starts, {3}}); };
  };
  const std::string values = R"("params_dense_values": [5.0, 6.0, 7.0, 8.0], "OUTPUT_RAGGED_RANK": 1, )";
  const Model second = calling("raw_ops.RaggedGather", values + R"("indices": [1, 0])");
  const Model sixth = calling("raw_ops.RaggedGather", values + R"("indices": [5])");
  EXPECT_NO_THROW(call(second, {0, 1, 4})());
  refuses<DataError>(call(second, {0, 3, 2}), {"layer \"y\"", "rows do not begin at ascending places from 0 to 4"});
  refuses<DataError>(call(second, {1, 2, 4}), {"layer \"y\"", "from 0 to 4"});
  refuses<DataError>(call(sixth, {0, 1, 4}), {"layer \"y\"", "has row 5 of 2 rows"});
}

TEST(BadValue, BytesThatAreNoNumbers) {
  const Model model = model_of("function_texts_bytes");
  const auto call = [&](std::vector<std::string_view> texts) {
    return [&model, texts = std::move(texts)] {
      const NamedViews inputs{{"x", {texts, {static_cast<int64_t>(texts.size())}}}};
      model.predict(inputs);
    };
  };
  EXPECT_NO_THROW(call({"01234567"})());
  refuses<DataError>(call({"01234567", "0123456"}), {"serving_default", "one of 8 bytes", "one of 7"});
  refuses<DataError>(call({"0123"}), {"serving_default", "numbers of 8 bytes", "text of 4 bytes"});
}

TEST(BadCall, ShapeOrDtypeOfAnInput) {
  const Model model = model_of("doc_example_k3");
  refuses([&] { model.predict(floats({2, 4})); }, {"\"input_layer\"", "(None, 3) float32", "(2, 4) float32"});
  refuses([&] { model.predict(floats({3})); }, {"\"input_layer\"", "(None, 3)", "(3,)", "one sample is (1, 3)"});
  refuses([&] { model.predict(floats({2, 2, 3})); }, {"(None, 3)", "(2, 2, 3)"});
  refuses(
      [&] {
        model.predict({for_this_call(std::vector<std::string_view>{"a", "b", "c"}), {1, 3}});
      },
      {"\"input_layer\"", "float32", "string"});
  refuses([&] { TensorView(kFloats, {2, 3}); }, {"64", "(2, 3)"});
  refuses([&] { model.predict(floats({1, 3}), {.batch_size = -1}); }, {"batch_size", "-1"});
  EXPECT_EQ(model.predict(floats({1, 3})).dims(), (Dims{1, 5}));
  const Model words = model_of("string_lookup_embedding_k3");
  refuses(
      [&] {
        words.predict({{words.inputs()[0].name, floats({1, *words.inputs()[0].shape.back()})}});
      },
      {words.inputs()[0].name, "string", "float32", "string_view"});
}

TEST(BadCall, NumberOrNamesOfInputs) {
  const Model model = model_of("topology_several_k3");
  refuses([&] { model.predict(floats({1, 4})); }, {"several inputs", "\"m\"", "\"a\"", "\"z\"", "by name"});
  const NamedViews good{{"z", floats({1, 2})}, {"m", floats({1, 4})}, {"a", floats({1, 3, 2})}};
  EXPECT_EQ(model.predict(good).size(), model.outputs().size());
  NamedViews less(good.begin(), good.end() - 1), twice = good, more = good, other = good;
  refuses([&] { model.predict(less); }, {"\"a\"", "not at all", "\"m\"", "\"z\""});
  twice.push_back(good[0]);
  refuses([&] { model.predict(twice); }, {"\"z\"", "2 times"});
  more.emplace_back("q", floats({1, 2}));
  refuses([&] { model.predict(more); }, {"\"q\"", "\"m\"", "\"a\"", "\"z\""});
  other[0].second = floats({2, 2});
  refuses([&] { model.predict(other); }, {"same number of rows", "\"z\"", "2", "1"});
  refuses([&] { static_cast<void>(model.plan(std::vector<Dims>{{1, 4}})); }, {"3 inputs", "1"});
}

TEST(BadCall, IdOutsideATable) {
  const Model model = model_of("embedding_k3");
  const std::vector<int32_t> good(4, 1);
  const std::vector<int64_t> long_good(4, 1), beyond{0, 1, 7, 1}, last{0, -1, 0, 0}, below{0, -6, 0, 0};
  const auto call = [&](const std::vector<int64_t>& ids) {
    return NamedViews{{"int32", {good, {1, 4}}}, {"int64", {ids, {1, 4}}}, {"floats", {std::span(kFloats).first(6), {1, 2, 3}}}};
  };
  EXPECT_EQ(model.predict(call(long_good)).size(), 3u);
  refuses<DataError>([&] { model.predict(call(beyond)); }, {"layer \"one\"", "from 0 to 4", "found 7"});
  refuses<DataError>([&] { model.predict(call(below)); }, {"layer \"one\"", "from 0 to 4", "found -6"});
  EXPECT_EQ(model.predict(call(last)).size(), 3u) << "Keras 3 counts it from the end";
  EXPECT_EQ(model.predict(call(long_good)).size(), 3u) << "an error must not outlive its call";
}

// TensorFlow fails in this case too.
TEST(BadCall, MatrixWithoutAnInverse) {
  const Model model = model_of("linear_systems_float32_k3");
  std::vector<float> x{1, 2, 0, 2, 4, 0, 0, 0, 1};
  const auto call = [&] {
    return model.predict({{"x", {x, {1, 3, 3}}},
                          {"y", {std::span(kFloats).first(6), {1, 3, 2}}},
                          {"z", {std::span(kFloats).first(6), {1, 2, 3}}}});
  };
  for (int i = 0; i < 2; ++i) refuses<DataError>([&] { call(); }, {"layer \"", "has no inverse"});
  x[0] = 3;
  EXPECT_FALSE(call().empty());
}

// One bad row in a batch of several chunks: the call waits for everything in flight, and the next call is not affected.
TEST(BadCall, IdOutsideATableInOneChunkOfMany) {
  const Model model = model_of("embedding_k3");
  const int64_t rows = 40;
  const std::vector<int32_t> good(static_cast<size_t>(4 * rows), 1);
  std::vector<int64_t> ids(static_cast<size_t>(4 * rows), 1);
  const std::vector<float> zeros(static_cast<size_t>(6 * rows), 0.0f);
  const auto call = [&] {
    return model.predict({{"int32", {good, {rows, 4}}}, {"int64", {ids, {rows, 4}}}, {"floats", {zeros, {rows, 2, 3}}}},
                         {.batch_size = 3});
  };
  for (size_t row : {size_t{0}, size_t{17}, size_t{39}}) {
    ids[row * 4] = 99;
    refuses<DataError>(call, {"layer \"one\"", "found 99"});
    ids[row * 4] = 1;
    EXPECT_EQ(call().size(), 3u);
  }
}

// A vocabulary without an index for unknown words, made from one that has it.
Model strict_lookup(const Folder& folder) {
  Archive archive(case_folder("string_lookup_k3") / "model.keras");
  change(archive.config(), "\"num_oov_indices\": 1", "\"num_oov_indices\": 0");
  return load_for_test(archive.write(folder));
}

TEST(BadCall, WordOutsideAVocabulary) {
  const Folder folder;
  const Model model = strict_lookup(folder);
  const std::vector<std::string_view> good{"red", "green", "blue"}, bad{"red", "violet", "blue"};
  EXPECT_EQ(model.predict({{"x", {good, {1, 3}}}}).size(), 5u);
  for (int i = 0; i < 3; ++i)
    refuses<DataError>([&] { model.predict({{"x", {bad, {1, 3}}}}); }, {"layer \"plain\"", "\"violet\"", "vocabulary"});
  // Several bad chunks at once: an error that was not waited for must not be reported to the next caller.
  std::vector<std::string_view> many;
  for (int row = 0; row < 8; ++row) many.insert(many.end(), bad.begin(), bad.end());
  refuses<DataError>([&] { model.predict({{"x", {many, {8, 3}}}}, {.batch_size = 1}); }, {"layer \"plain\"", "\"violet\""});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(model.predict({{"x", {good, {1, 3}}}}).size(), 5u);
}

// Work on the caller's own stream cannot throw: check() reports the error, once.
TEST(BadCall, WordOutsideAVocabularyOnTheCallersStream) {
  if (device_under_test().kind == Device::cpu) GTEST_SKIP() << "the CPU has no streams";
  const Folder folder;
  const Model model = strict_lookup(folder);
  const std::vector<std::string_view> good{"red", "green", "blue"}, bad{"red", "violet", "blue"};
  Session session = model.session();
  std::vector<Tensor> results;
  std::vector<MutableView> out;
  for (const TensorSpec& spec : session.outputs_for(std::vector<Dims>{{1, 3}})) results.emplace_back(spec.dtype, Dims{1, 3});
  for (Tensor& tensor : results) out.push_back(tensor.mutable_view());
  const CallersStream stream;
  const auto call = [&](const std::vector<std::string_view>& words) {
    const std::vector<TensorView> in{{words, {1, 3}}};
    session.enqueue(in, out, StreamRef(stream.get()));
    stream.synchronize();
    session.check();
  };
  call(good);
  refuses<DataError>([&] { call(bad); }, {"layer \"plain\"", "\"violet\""});
  call(good);
}

TEST(BadCall, OfASession) {
  const Model model = model_of("doc_example_k2");
  Session session = model.session();
  std::vector<float> y(10);
  const std::vector<double> doubles(6);
  const std::vector<TensorView> in{floats({2, 3})}, wrong_width{floats({2, 4})}, none, wrong_type{{doubles, {2, 3}}};
  const std::vector<MutableView> out{{y.data(), DType::float32, {2, 5}, {}}}, small{{y.data(), DType::float32, {1, 5}, {}}};
  refuses([&] { session.run(wrong_width, out); }, {"\"dense_input\"", "(None, 3) float32", "(2, 4) float32"});
  refuses([&] { session.run(wrong_type, out); }, {"\"dense_input\"", "float32", "float64"});
  refuses([&] { session.run(none, out); }, {"1 input", "found 0"});
  refuses([&] { session.run(in, small); }, {"\"softmax\"", "(2, 5)", "(1, 5)"});
  refuses([&] { session.reserve({{2, 3}, {2, 3}}); }, {"1 input", "2"});
  refuses([&] { session.reserve({{2, 9}}); }, {"\"dense_input\"", "(None, 3)", "(2, 9)"});
  refuses([&] { session.set_states({{"gone", floats({1})}}); }, {"no state \"gone\""});
  session.run(in, out);
  EXPECT_GT(y[9], 0.0f);
  if (device_under_test().kind == Device::cpu) refuses([&] { session.enqueue(in, out, StreamRef::legacy()); }, {"CUDA", "run()"});
}

// The host used to read such memory, which crashes the process where there is a GPU.
TEST(BadCall, MemoryOfADeviceThatIsNotReadThere) {
  const Model model = model_of("doc_example_k2");
  Session session = model.session();
  std::vector<float> y(10);
  const Device gpu{Device::cuda, 0}, other{Device::cuda, 1};
  const TensorView there(kFloats.data(), DType::float32, {2, 3}, gpu), elsewhere(kFloats.data(), DType::float32, {2, 3}, other);
  const std::vector<TensorView> in{floats({2, 3})}, gpu_in{there}, other_in{elsewhere};
  const std::vector<MutableView> out{{y.data(), DType::float32, {2, 5}, {}}}, gpu_out{{y.data(), DType::float32, {2, 5}, gpu}};
  refuses([&] { model.predict(there); }, {"\"dense_input\"", "cuda:0", "CPU", "Session::enqueue"});
  refuses([&] { session.run(gpu_in, out); }, {"input 0", "cuda:0", "CPU", "enqueue()"});
  refuses([&] { session.run(in, gpu_out); }, {"output 0", "cuda:0", "CPU", "enqueue()"});
  refuses([&] { session.set_states({{"a", there}}); }, {"\"a\"", "cuda:0", "CPU"});
  if (device_under_test().kind == Device::cpu) return;
  const CallersStream stream;
  refuses([&] { session.enqueue(other_in, out, StreamRef(stream.get())); }, {"input 0", "cuda:1", "cuda:0"});
}

TEST(BadCall, BatchSizeThatAStateDoesNotHave) {
  const Recorded recorded("stateful_gru_k3");
  const Model model = recorded.load();
  Session session = model.session();
  const TensorView input = recorded.inputs(model, recorded.rows())[0].second;
  session.reserve({input.dims});
  refuses([&] { session.reserve({first_rows(input, recorded.rows() - 1).dims}); },
          {"stateful", "batch of " + std::to_string(recorded.rows()), std::to_string(recorded.rows() - 1) + " rows"});
}

TEST(BadCall, NameThatDoesNotExist) {
  const Model model = model_of("topology_nested_k3");
  refuses([&] { model.get_layer("frst"); }, {"\"frst\"", "did you mean", "\"first\""});
  refuses([&] { model.get_layer("inner/inner_dens"); }, {"inner/inner_dens", "did you mean", "inner_dense"});
  refuses([&] { model.get_layer(99); }, {"99", "layers"});
  refuses([&] { static_cast<void>(model.get_layer("first").weight("kernal")); },
          {"\"first\"", "\"kernal\"", "\"kernel\"", "\"bias\""});
  refuses([&] { static_cast<void>(model.get_layer("inner").weight("kernel")); }, {"\"inner\"", "sublayers", "\"inner_dense\""});
  refuses([&] { model.get_layer("inner").sublayer("nothing"); }, {"\"inner\"", "\"nothing\"", "did you mean"});
  refuses([&] { static_cast<void>(model.with_outputs({"nothing"})); }, {"\"nothing\"", "\"first\""});
  refuses([&] { model.get_layer("first").weight("kernel").values<int32_t>(); }, {"float32", "int32"});
}

}  // namespace
}  // namespace keraunos
