#include "build_graph.h"
#include "loader/keras/legacy_order.h"

namespace keraunos::loader {
namespace {

std::string sequential(const std::string& layers) {
  return R"({"class_name": "Sequential", "config": {"name": "model", "layers": [)" + layers + "]}}";
}

std::string batch_norm(const std::string& name, bool trainable = true) {
  return R"({"class_name": "BatchNormalization", "config": {"name": ")" + name + R"(", "trainable": )" +
         (trainable ? "true" : "false") + "}}";
}

std::string frozen(bool is_frozen) { return std::string(R"("trainable": )") + (is_frozen ? "false" : "true"); }

std::string order_of(const std::string& layers, int major) {
  const auto graph = graph_of(sequential(layers), major == 2 ? "2.15.0" : "3.15.1");
  std::string text;
  for (const WeightSlot& slot : legacy_order(*graph->root, major)) {
    text += (text.empty() ? "" : " ") + slot.layer->name + '.' + slot.layer->weights[slot.weight].name;
  }
  return text;
}

const std::string kOwn = "b.gamma b.beta b.moving_mean b.moving_variance";

// The order that Keras 2.15.1 and 3.15.1 wrote for Dense, BatchNormalization, Dense.
TEST(LegacyOrder, TrainableWeightsOfAllLayersComeFirst) {
  for (int major : {2, 3}) {
    EXPECT_EQ(order_of(dense("a") + ", " + batch_norm("b") + ", " + dense("c"), major),
              "a.kernel a.bias b.gamma b.beta c.kernel c.bias b.moving_mean b.moving_variance");
  }
}

TEST(LegacyOrder, WeightsOfFrozenLayersMoveBehind) {
  for (int major : {2, 3}) {
    EXPECT_EQ(order_of(dense("a", frozen(true)) + ", " + batch_norm("b") + ", " + dense("c"), major),
              "b.gamma b.beta c.kernel c.bias a.kernel a.bias b.moving_mean b.moving_variance");
    EXPECT_EQ(order_of(dense("a") + ", " + batch_norm("b", false) + ", " + dense("c"), major),
              "a.kernel a.bias c.kernel c.bias " + kOwn);
  }
}

TEST(LegacyOrder, WhollyFrozenModelIsInTheOrderOfItsLayers) {
  for (int major : {2, 3}) {
    EXPECT_EQ(order_of(dense("a", frozen(true)) + ", " + batch_norm("b", false) + ", " + dense("c", frozen(true)), major),
              "a.kernel a.bias " + kOwn + " c.kernel c.bias");
  }
}

std::string biasless(const std::string& name) { return dense(name, R"("use_bias": false)"); }

void load(LayerGraph& graph, const std::string& file) { read_weights(graph, files::Hdf5File(files::open_file(fixture(file)))); }

TEST(WeightsLegacy, FullModelGoesByName) {
  const auto graph = graph_of(sequential(biasless("a") + ", " + biasless("b")), "2.2.4");
  load(*graph, "by_name.h5");
  EXPECT_EQ(first(*graph, "a", "kernel"), 7);
  EXPECT_EQ(first(*graph, "b", "kernel"), 1);
}

TEST(WeightsLegacy, WeightsAloneGoByPosition) {
  const auto graph = graph_of(sequential(biasless("a") + ", " + biasless("b")), "2.2.4");
  load(*graph, "by_position.h5");
  EXPECT_EQ(first(*graph, "a", "kernel"), 1);
  EXPECT_EQ(first(*graph, "b", "kernel"), 7);
}

TEST(WeightsLegacy, NestedModelIsOneList) {
  const std::string inner = R"({"class_name": "Sequential", "config": {"name": "inner", "layers": [)" + dense("a") + ", " +
                            batch_norm("b") + ", " + dense("c") + "]}}";
  const auto graph = graph_of(sequential(inner), "2.2.4");
  load(*graph, "nested.h5");
  EXPECT_EQ(first(*graph, "inner/b", "beta"), 4);
  EXPECT_EQ(first(*graph, "inner/c", "kernel"), 5);
  EXPECT_EQ(first(*graph, "inner/b", "moving_variance"), 8);
}

TEST(WeightsLegacy, WrongCountsNameFileLayerExpectedAndFound) {
  const auto too_many = graph_of(sequential(dense("a") + ", " + biasless("b")), "2.2.4");
  expect_error([&] { load(*too_many, "by_name.h5"); },
               R"(layer "a" (Dense) has 2 weights (kernel, bias), the file holds 1 in group "a")");
  const auto too_few = graph_of(sequential(dense("a")), "2.2.4");
  expect_error([&] { load(*too_few, "by_position.h5"); },
               "holds weights of 2 layers, the model test has 1 with weights; there are none for layer \"a\"; were they saved "
               "from the same model?");
}

// The expected values are those of Keras 2.15's own conversion.
void expect_converted(const std::string& name, const std::string& layer, const std::string& weights_of) {
  const auto graph = graph_of(sequential(layer), "2.1.5");
  const files::Hdf5File file(files::open_file(fixture("old_" + name + ".h5")));
  read_weights(*graph, file);
  const LayerInstance& found = layer_at(*graph, weights_of);
  ASSERT_FALSE(found.weights.empty());
  for (size_t i = 0; i < found.weights.size(); ++i) {
    const Tensor expected = file.read_tensor("expected/" + std::to_string(i));
    ASSERT_EQ(found.weights[i].tensor->dims(), expected.dims()) << found.weights[i].tensor->dims().to_string();
    const auto a = found.weights[i].tensor->values<float>(), b = expected.values<float>();
    EXPECT_EQ(std::vector<float>(a.begin(), a.end()), std::vector<float>(b.begin(), b.end()))
        << name << ' ' << found.weights[i].name;
  }
}

std::string recurrent(const std::string& name, const std::string& class_name, const std::string& extra = {}) {
  return R"({"class_name": ")" + class_name + R"(", "config": {"name": ")" + name + R"(", "units": 2)" + extra + "}}";
}

TEST(WeightsLegacy, Keras1StoredGatesApart) {
  expect_converted("lstm", recurrent("lstm", "LSTM"), "lstm/lstm_cell");
  expect_converted("gru", recurrent("gru", "GRU", R"(, "reset_after": false)"), "gru/gru_cell");
}

TEST(WeightsLegacy, Keras1StoredKernelsTheOtherWayRound) {
  expect_converted("conv1d", R"({"class_name": "Conv1D", "config": {"name": "conv1d", "filters": 4, "kernel_size": [3]}})",
                   "conv1d");
  expect_converted(
      "conv2d",
      R"({"class_name": "Conv2D", "config": {"name": "conv2d", "filters": 4, "kernel_size": [3, 2], "data_format": "channels_first"}})",
      "conv2d");
}

TEST(WeightsLegacy, CudnnLayersAreRecognisedByTheirTwoBiases) {
  expect_converted("cudnn_lstm", recurrent("cudnn_lstm", "LSTM"), "cudnn_lstm/lstm_cell");
  expect_converted("cudnn_gru", recurrent("cudnn_gru", "GRU", R"(, "reset_after": true)"), "cudnn_gru/gru_cell");
}

}  // namespace
}  // namespace keraunos::loader
