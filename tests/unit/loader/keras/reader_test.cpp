#include "build_graph.h"
#include "loader/keras/snake_case.h"

namespace keraunos::loader {
namespace {

// The layer and occurrence of each call, in order: "a b inner inner#1".
std::string calls_of(const Network& network) {
  std::string text;
  for (const Call& call : network.calls) {
    text += (text.empty() ? "" : " ") +
            (call.layer < 0 ? std::string("input") : network.layers[static_cast<size_t>(call.layer)]->name);
    if (call.occurrence > 0) text += '#' + std::to_string(call.occurrence);
  }
  return text;
}

const Source& only_operand(const Network& network, size_t call) {
  const Traced* tensor = network.calls[call].arguments.at(0).tensor();
  if (tensor == nullptr) throw std::runtime_error("no tensor");
  return network.sources[static_cast<size_t>(tensor->value.id)];
}

TEST(SnakeCase, IsThatOfKeras) {
  const std::pair<const char*, const char*> names[] = {{"Conv2DTranspose", "conv2d_transpose"},
                                                       {"ConvLSTM2D", "conv_lstm2d"},
                                                       {"GRUCell", "gru_cell"},
                                                       {"PReLU", "p_re_lu"},
                                                       {"ThresholdedReLU", "thresholded_re_lu"},
                                                       {"ELU", "elu"},
                                                       {"TFOpLambda", "tf_op_lambda"},
                                                       {"STFTSpectrogram", "stft_spectrogram"},
                                                       {"GlobalAveragePooling2D", "global_average_pooling2d"}};
  for (const auto& [name, expected] : names) EXPECT_EQ(snake_case(name), expected);
}

std::string twice(const std::string& first_reference, const std::string& second_reference, const std::string& outputs) {
  const std::string inner =
      functional("inner", input("i") + ", " + called("inside", R"([[["i", 0, 0, {}]]])"), R"([["i", 0, 0]])",
                 R"([["inside", 0, 0]])", R"("name": "inner", "inbound_nodes": [[["x", 0, 0, {}]], [)" + first_reference + "]]");
  return functional("model", input("x") + ", " + inner + ", " + called("y", "[[" + second_reference + "]]"), R"([["x", 0, 0]])",
                    outputs);
}

TEST(Functional, CallsOfNestedModelsCountFromOneInKeras2) {
  const auto graph =
      graph_of(twice(R"(["inner", 1, 0, {}])", R"(["inner", 2, 0, {}])", R"([["y", 0, 0], ["inner", 1, 0]])"), "2.15.0");
  const Network& network = *graph->root->network;
  EXPECT_EQ(calls_of(network), "x inner inner#1 y");
  EXPECT_EQ(only_operand(network, 2).call, 1);
  EXPECT_EQ(only_operand(network, 3).call, 2);
  EXPECT_EQ(network.sources[static_cast<size_t>(network.outputs[1])].call, 1);
  EXPECT_EQ(network.output_names, (std::vector<std::string>{"y", "inner"}));
}

TEST(Functional, LoopsAreRefused) {
  const std::string layers =
      input("x") + ", " + called("a", R"([[["b", 0, 0, {}]]])") + ", " + called("b", R"([[["a", 0, 0, {}]]])");
  expect_error([&] { graph_of(functional("m", layers, R"([["x", 0, 0]])", R"([["b", 0, 0]])"), "2.15.0"); },
               "the graph has a loop");
}

TEST(Functional, NamesAreUniqueAndKnown) {
  const std::string twin =
      input("x") + ", " + called("a", R"([[["x", 0, 0, {}]]])") + ", " + called("a", R"([[["x", 0, 0, {}]]])");
  expect_error([&] { graph_of(functional("m", twin, R"([["x", 0, 0]])", R"([["a", 0, 0]])"), "2.15.0"); },
               R"(the name "a" is used by two layers)");
  const std::string stray = input("x") + ", " + called("a", R"([[["nobody", 0, 0, {}]]])");
  expect_error([&] { graph_of(functional("m", stray, R"([["x", 0, 0]])", R"([["a", 0, 0]])"), "2.15.0"); },
               R"(refers to layer "nobody")");
  const std::string late = input("x") + ", " + called("a", R"([[["x", 3, 0, {}]]])");
  expect_error([&] { graph_of(functional("m", late, R"([["x", 0, 0]])", R"([["a", 0, 0]])"), "2.15.0"); },
               R"(call 3 of layer "x", which has 1 calls)");
}

TEST(Functional, WhatNoOutputNeedsIsNotCalled) {
  const std::string aside =
      R"({"class_name": "AddLoss", "name": "loss", "config": {"name": "loss"}, "inbound_nodes": [[["x", 0, 0, {}]]]})";
  const std::string layers = input("x") + ", " + called("a", R"([[["x", 0, 0, {}]]])") + ", " + aside;
  const auto graph = graph_of(functional("m", layers, R"([["x", 0, 0]])", R"([["a", 0, 0]])"), "2.15.0");
  EXPECT_EQ(calls_of(*graph->root->network), "x a");
  EXPECT_TRUE(refusals_in(*graph->root).empty());
}

TEST(Functional, EveryLayerThatCannotRunIsNamed) {
  const std::string strange =
      R"({"class_name": "Strange", "name": "s", "config": {"name": "s"}, "inbound_nodes": [[["x", 0, 0, {}]]]})";
  const std::string lambda =
      R"({"class_name": "Lambda", "name": "l", "config": {"name": "l"}, "inbound_nodes": [[["s", 0, 0, {}]]]})";
  const std::string layers =
      input("x") + ", " + strange + ", " + lambda + ", " + called("d", R"([[["l", 0, 0, {}]]])", R"("magic": 3)");
  const auto graph = graph_of(functional("m", layers, R"([["x", 0, 0]])", R"([["d", 0, 0]])"), "2.15.0");
  const auto items = refusals_in(*graph->root);
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].class_name, "Strange");
  EXPECT_NE(items[1].reason.find("Python function"), std::string::npos);
  EXPECT_NE(items[2].reason.find("\"magic\""), std::string::npos);
}

TEST(Functional, DictionariesAreInTheOrderOfTheirKeys) {
  const std::string add =
      R"({"class_name": "Add", "name": "y", "config": {"name": "y"}, "inbound_nodes": [[["b", 0, 0, {}], ["a", 0, 0, {}]]]})";
  const auto graph = graph_of(functional("m", input("a") + ", " + input("b") + ", " + add,
                                         R"({"v": ["a", 0, 0], "u": ["b", 0, 0]})", R"({"q": ["y", 0, 0], "p": ["a", 0, 0]})"),
                              "2.15.0");
  const Network& network = *graph->root->network;
  EXPECT_EQ(network.inputs[0].name, "b");
  EXPECT_EQ(network.input_keys, (std::vector<std::string>{"u", "v"}));
  EXPECT_EQ(network.inputs[0].key, "u");
  EXPECT_EQ(network.output_names, (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(network.output_order, (std::vector<size_t>{1, 0}));  // predict() returns them in the order of the file
}

TEST(Functional, SharedObjectIsOneLayer) {
  const std::string id = R"("shared_object_id": 17, )";
  const std::string shared = dense("d", {}, id + R"("name": "d", "inbound_nodes": [[["i", 0, 0, {}]]])");
  const std::string inner = functional("inner", input("i") + ", " + shared, R"([["i", 0, 0]])", R"([["d", 0, 0]])",
                                       R"("name": "inner", "inbound_nodes": [[["x", 0, 0, {}]]])");
  const std::string again = dense("d", {}, id + R"("name": "d", "inbound_nodes": [[["inner", 1, 0, {}]]])");
  const auto graph =
      graph_of(functional("m", input("x") + ", " + inner + ", " + again, R"([["x", 0, 0]])", R"([["d", 0, 0]])"), "2.15.0");
  const Network& network = *graph->root->network;
  EXPECT_EQ(network.layers[1]->children[1], network.layers[2]);
}

TEST(Sequential, MayBeABareListOfKeras2) {
  const auto graph = graph_of(
      R"({"class_name": "Sequential", "config": [)" + dense("a", R"("batch_input_shape": [null, 3])") + ", " + dense("b") + "]}",
      "2.0.8");
  const Network& network = *graph->root->network;
  EXPECT_EQ(calls_of(network), "input a b");
  EXPECT_EQ(network.inputs[0].name, "a_input");
  EXPECT_EQ(network.inputs[0].shape->at(1), 3);
}

TEST(Sequential, ShapeMayComeFromAnyOfFourPlaces) {
  const auto width = [](const std::string& config, const std::string& extra = {}) {
    const auto graph = graph_of(R"({"class_name": "Sequential", "config": {)" + config + "}" + extra + "}", "3.15.1");
    const auto& shape = graph->root->network->inputs[0].shape;
    return shape ? shape->at(1) : std::nullopt;
  };
  const std::string layer = R"("layers": [)" + dense("a") + "]";
  EXPECT_EQ(width(R"("layers": [)" + input("x", "[null, 5]") + ", " + dense("a") + "]"), 5);
  EXPECT_EQ(width(R"("layers": [)" + dense("a", R"("input_dim": 6)") + "]"), 6);
  EXPECT_EQ(width(R"("build_input_shape": [null, 7], )" + layer), 7);
  EXPECT_EQ(width(layer, R"(, "build_config": {"input_shape": [null, 8]})"), 8);
  EXPECT_EQ(width(layer), std::nullopt);
}

TEST(Keras1, NamesOfClassesAndArgumentsAreTranslated) {
  const auto graph = graph_of(R"({"class_name": "Sequential", "config": [
    {"class_name": "Convolution2D", "config": {"name": "c", "nb_filter": 4, "nb_row": 3, "nb_col": 2, "border_mode": "same", "subsample": [2, 2],
      "dim_ordering": "th", "init": "glorot_uniform", "bias": true, "activation": "relu", "batch_input_shape": [null, 1, 8, 8]}},
    {"class_name": "Dropout", "config": {"name": "p", "p": 0.5}},
    {"class_name": "LSTM", "config": {"name": "l", "output_dim": 5, "inner_activation": "hard_sigmoid", "dropout_W": 0.1, "consume_less": "cpu"}}]})",
                              "1.2.2");
  EXPECT_TRUE(refusals_in(*graph->root).empty());
  const files::Json& convolution = *layer_at(*graph, "c").config;
  EXPECT_EQ(layer_at(*graph, "c").class_name, "Conv2D");
  EXPECT_EQ(convolution["kernel_size"].dump(), "[3,2]");
  EXPECT_EQ(convolution["filters"].as_int(), 4);
  EXPECT_EQ(convolution["padding"].as_string(), "same");
  EXPECT_EQ(convolution["data_format"].as_string(), "channels_first");
  EXPECT_EQ((*layer_at(*graph, "p").config)["rate"].as_double(), 0.5);
  EXPECT_EQ((*layer_at(*graph, "l").config)["units"].as_int(), 5);
  EXPECT_EQ((*layer_at(*graph, "l").config)["recurrent_activation"].as_string(), "hard_sigmoid");
}

TEST(Dialect, IsGuessedWhereNothingSaysIt) {
  const auto major = [](const char* json) { return dialect_of({"test", "", ""}, files::Json::parse(json, "test")).major; };
  EXPECT_EQ(major(R"({"module": "keras.src.models.functional", "class_name": "Functional", "config": {}})"), 3);
  EXPECT_EQ(major(R"({"module": "keras", "class_name": "Sequential", "config": {"dtype": "float32"}})"), 3);
  EXPECT_EQ(major(R"({"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"output_dim": 3}}]})"), 1);
  EXPECT_EQ(major(R"({"class_name": "Sequential", "config": []})"), 2);
  EXPECT_TRUE(dialect_of({"test", "2.2.4-tf", ""}, files::Json::parse("{}", "test")).before(2, 3));
}

TEST(DtypePolicy, HasManySpellings) {
  const auto policy = [](const char* json) {
    const files::Json parsed = files::Json::parse(json, "test");
    return parse_policy(&parsed, "test");
  };
  EXPECT_EQ(policy(R"("mixed_float16")").compute, DType::float16);
  EXPECT_EQ(policy(R"("mixed_float16")").variable, DType::float32);
  EXPECT_EQ(policy(R"({"class_name": "DTypePolicy", "config": {"name": "bfloat16"}})").variable, DType::bfloat16);
  EXPECT_EQ(policy(R"({"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8", "source_name": "mixed_bfloat16"}})").name,
            "int8_from_mixed_bfloat16");
  EXPECT_EQ(policy(R"("int8_from_float16")").compute, DType::float16);
  expect_error([&] { policy(R"("complex64")"); }, "complex64");
}

}  // namespace
}  // namespace keraunos::loader
