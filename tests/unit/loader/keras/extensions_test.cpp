// The names under which layers of other libraries are known, and names that are ambiguous alone.
#include "build_graph.h"
#include "loader/keras/class_names.h"

namespace keraunos::loader {
namespace {

std::string sequential_of(const std::string& layer) {
  return R"({"class_name": "Sequential", "config": {"name": "model", "layers": [)" + input("x", "[null, 3]") + ", " + layer +
         "]}}";
}

std::string object(const std::string& class_name, const std::string& config, const std::string& extra = {}) {
  return R"({"class_name": ")" + class_name + R"(", "config": {"name": "y")" + (config.empty() ? "" : ", " + config) + "}" +
         (extra.empty() ? "" : ", " + extra) + "}";
}

std::shared_ptr<LayerGraph> read(const std::string& layer, const CustomObjects& custom = {}) {
  return graph_of(sequential_of(layer), "2.15.0", custom);
}

std::string class_of_definition(const LayerInstance& layer) { return layer.def == nullptr ? "none" : layer.def->classes.front(); }

const std::string kBits = R"({"class_name": "quantized_bits", "config": {"bits": 4}})";

TEST(Extensions, AreKnownByClassRegisteredNameAndModule) {
  const std::string config = R"("units": 2)";
  for (const std::string& layer : {object("QDense", config), object("qkeras>QDense", config),
                                   object("QDense", config, R"("module": "qkeras.qlayers", "registered_name": "qkeras>QDense")"),
                                   object("QDense", config, R"("module": "qkeras.qlayers", "registered_name": null)")}) {
    const auto graph = read(layer);
    EXPECT_EQ(class_of_definition(layer_at(*graph, "y")), "qkeras>QDense") << layer;
    EXPECT_EQ(layer_at(*graph, "y").refusal, "") << layer;
  }
}

TEST(Extensions, ClassesOfTheCallerComeFirst) {
  CustomObjects custom;
  custom.layer({.classes = {"QDense"}, .lower = [](Lowering& l) { return l.inputs(); }});
  const auto graph = read(object("QDense", R"("units": 2)"), custom);
  EXPECT_EQ(class_of_definition(layer_at(*graph, "y")), "QDense");
  EXPECT_GT(layer_at(*graph, "y").def.use_count(), 0);
}

TEST(Extensions, ANameThatSeveralAuthorsHaveSaysNothing) {
  const auto graph = read(object("BinaryDense", R"("units": 2)"));
  EXPECT_EQ(layer_at(*graph, "y").refusal, kUnregisteredClass);
  const auto known = read(object("BinaryDense", R"("units": 2, "H": 1, "kernel_lr_multiplier": 1, "bias_lr_multiplier": null)"));
  EXPECT_EQ(layer_at(*known, "y").refusal, "");
  const auto binary = read(object("binary", R"("alpha": 1)"));  // a quantiser of QKeras, by its package only
  EXPECT_EQ(layer_at(*binary, "y").def, nullptr);
}

TEST(Extensions, ClassesNamedLikeKerasAreToldApartByTheirKeys) {
  const std::string heads = R"("head_num": 2)", norm = R"("epsilon": 1e-14, "center": true, "scale": true)";
  const auto others = read(object("MultiHeadAttention", heads));
  EXPECT_EQ(class_of_definition(layer_at(*others, "y")), "keras_multi_head>MultiHeadAttention");
  const auto of_keras = read(object("MultiHeadAttention", R"("num_heads": 2, "key_dim": 1)"));
  EXPECT_EQ(class_of_definition(layer_at(*of_keras, "y")), "MultiHeadAttention");
  const auto without_axis = read(object("LayerNormalization", norm));
  EXPECT_EQ(class_of_definition(layer_at(*without_axis, "y")), "keras_layer_normalization>LayerNormalization");
  const auto with_axis = read(object("LayerNormalization", norm + R"(, "axis": [1])"));
  EXPECT_EQ(class_of_definition(layer_at(*with_axis, "y")), "LayerNormalization");
}

TEST(Extensions, AConfigThatLacksALibrarysKeysIsOfAnotherAuthor) {
  for (const char* name : {"FeedForward", "PositionEmbedding", "MultiHead", "TCN", "TokenEmbedding"})
    EXPECT_EQ(layer_at(*read(object(name, "")), "y").refusal, kUnregisteredClass) << name;
}

TEST(Extensions, TcnOfOldReleasesIsRefused) {
  const std::string old = R"("nb_filters": 2, "nb_stacks": 1, "dilations": [1], "use_skip_connections": true)";
  EXPECT_NE(layer_at(*read(object("TCN", old)), "y").refusal.find("keras-tcn before 3.3"), std::string::npos);
  EXPECT_EQ(layer_at(*read(object("TCN", old + R"(, "go_backwards": false)")), "y").refusal, "");
}

// "keras_helpers.layers" is not a module of Keras.
TEST(Extensions, AModuleWhoseNameBeginsLikeKerasIsNotKeras) {
  for (const char* module : {"keras_helpers.layers", "tensorflow_extras", "kerasish"}) {
    const auto graph = read(object("Dense", R"("units": 2)", R"("module": ")" + std::string(module) + '"'));
    EXPECT_EQ(layer_at(*graph, "y").refusal, kUnregisteredClass) << module;
  }
}

TEST(Extensions, QuantisersMayBeTexts) {
  for (const char* text :
       {"quantized_bits", "quantized_bits(4)", "quantized_bits( 4, 0, alpha = 'auto' )", "binary(alpha=1.0)"}) {
    const auto graph = read(object("QDense", R"("units": 2, "kernel_quantizer": ")" + std::string(text) + '"'));
    EXPECT_EQ(layer_at(*graph, "y/kernel_quantizer").refusal, "") << text;
  }
  for (const char* text : {"quantized_bits(4", "quantized_bits(alpha=1, 4)", "quantized_bits(x)",
                           "quantized_bits(1,2,3,4,5,6,7,8,9)", "nothing(4)", "relu"}) {
    const std::string layer = object("QDense", R"("units": 2, "kernel_quantizer": ")" + std::string(text) + '"');
    expect_error<ModelError>([&] { static_cast<void>(read(layer)); }, "a quantiser of QKeras");
  }
}

// QKeras computes a scale for a kernel whose quantiser has none, but not for a bias.
TEST(Extensions, OnlyTrainedWeightsGetAScale) {
  const auto graph = read(object("QDense", R"("units": 2, "kernel_quantizer": )" + kBits + R"(, "bias_quantizer": )" + kBits));
  EXPECT_EQ(text_in(*layer_at(*graph, "y/kernel_quantizer").config, "alpha"), "auto_po2");
  EXPECT_EQ(text_in(*layer_at(*graph, "y/bias_quantizer").config, "alpha"), "");
}

}  // namespace
}  // namespace keraunos::loader
