// Numbers and texts of a config that Keras refuses are refused when the file is opened; the message has layer, key, value and the
// allowed values. Every value here was tried with real Keras 2.15 and 3.15.
#include <gtest/gtest.h>

#include "altered.h"
#include "golden/golden.h"
#include "keraunos/keraunos.h"
#include "unit/api/one_layer_model.h"

namespace keraunos {
namespace {

struct BadValue {
  const char* name;
  LayerText layer;
  const char* complaint;
};

class Values : public testing::TestWithParam<BadValue> {
 protected:
  const Folder folder;
};

TEST_P(Values, AreRefusedByKeyAndWhatMayBeThere) {
  const auto file = folder.write("model.json", one_layer_model(GetParam().layer));
  const std::string complaint = complaint_of<ModelError>([&] { golden::load_synthetic(file, {.device = Device{}}, 1); });
  expect_sentence(complaint, {"model.json", "layer \"it", GetParam().complaint});
}

constexpr const char *kNoNumber = "should be a number", *kFraction = "is not between 0.0 and 1.0",
                     *kFloat32 = "is not between -3.4028234663852886e+38 and 3.4028234663852886e+38",
                     *kNotNegative = "should be 0 or more";

INSTANTIATE_TEST_SUITE_P(
    OfFloats, Values,
    testing::Values(
        BadValue{"BatchEpsilonNull", {"BatchNormalization", R"("epsilon": null)"}, "\"epsilon\" should be a number, found null"},
        BadValue{"BatchEpsilonText", {"BatchNormalization", R"("epsilon": "0.1")"}, kNoNumber},
        BadValue{"BatchMomentumList", {"BatchNormalization", R"("momentum": [0.1, 0.2])"}, kNoNumber},
        BadValue{"LayerEpsilonNull", {"LayerNormalization", R"("epsilon": null)"}, kNoNumber},
        BadValue{"ReluSlopeNegative", {"ReLU", R"("negative_slope": -0.5)"}, kNotNegative},
        BadValue{"ReluSlopeNull", {"ReLU", R"("negative_slope": null)"}, "negative_slope"},
        BadValue{"ReluThresholdMinusInfinity", {"ReLU", R"("threshold": -Infinity)"}, kNotNegative},
        BadValue{"ReluThresholdLarge", {"ReLU", R"("threshold": 1e40)"}, kFloat32},
        BadValue{"ReluMaximumLarge", {"ReLU", R"("max_value": 1e300)"}, kFloat32},
        BadValue{"ReluMaximumNegative", {"ReLU", R"("max_value": -1)", 2}, kNotNegative},
        BadValue{"ReluMaximumList", {"ReLU", R"("max_value": [1, 2])"}, kNoNumber},
        BadValue{"LeakySlopeNull", {"LeakyReLU", R"("negative_slope": null)"}, "negative_slope"},
        BadValue{"LeakyAlphaNull", {"LeakyReLU", R"("alpha": null)", 2}, "alpha"},
        BadValue{"LeakySlopeNegative", {"LeakyReLU", R"("negative_slope": -0.5)"}, kNotNegative},
        BadValue{
            "LeakySlopeInsideOfALayer",
            {"Dense",
             R"("units": 2, "activation": {"class_name": "LeakyReLU", "config": {"trainable": true, "negative_slope": -1}})"},
            kNotNegative},
        BadValue{"EluAlphaNull", {"ELU", R"("alpha": null)"}, "alpha"},
        BadValue{"ThetaNegative", {"ThresholdedReLU", R"("theta": -1.0)", 2}, kNotNegative},
        BadValue{"RateNaN", {"Dropout", R"("rate": NaN)"}, kFraction},
        BadValue{"RateNegative", {"Dropout", R"("rate": -0.5)", 2}, kFraction},
        BadValue{"RateAboveOne",
                 {"SpatialDropout1D", R"("rate": 1.5)", 2, kEightSteps},
                 "key \"rate\": 1.5 is not between 0.0 and 1.0"},
        BadValue{"RateOfNoise", {"GaussianDropout", R"("rate": Infinity)"}, kFraction},
        BadValue{"RateNull", {"AlphaDropout", R"("rate": null)", 2}, kNoNumber},
        BadValue{"Deviation", {"GaussianNoise", R"("stddev": -1)"}, "key \"stddev\": -1.0 is not between 0.0 and 1.0"},
        BadValue{"RecurrentDropout", {"LSTM", R"("units": 2, "recurrent_dropout": null)", 2, kEightSteps}, kNoNumber},
        BadValue{"AttentionDropout", {"GRU", R"("units": 2, "dropout": "0.5")", 3, kEightSteps}, kNoNumber},
        BadValue{"MaskValueNull", {"Masking", R"("mask_value": null)", 3, kEightSteps}, "mask_value"},
        BadValue{"MaskValueLarge", {"Masking", R"("mask_value": 1e40)", 3, kEightSteps}, kFloat32},
        BadValue{"ScaleLarge", {"Rescaling", R"("scale": 1e300, "offset": 0)", 2}, kFloat32},
        BadValue{"OffsetNull", {"Rescaling", R"("scale": 1.0, "offset": null)"}, "offset"},
        BadValue{"MeanLarge", {"Normalization", R"("axis": null, "mean": -1e40, "variance": 1.0)"}, kFloat32},
        BadValue{"PenaltyNegative", {"ActivityRegularization", R"("l1": -1)"}, "key \"l1\": -1.0"},
        BadValue{"PenaltyInfinite", {"ActivityRegularization", R"("l2": Infinity)", 2}, "key \"l2\": Infinity"},
        BadValue{"SeedOfThree", {"Dropout", R"("rate": 0.5, "seed": 1.5)"}, "\"seed\" should be an integer, found 1.5"},
        BadValue{"SlopeInsideOfACell",
                 {"GRU", R"("units": 2, "activation": {"class_name": "ReLU", "config": {"negative_slope": -1}})", 3, kEightSteps},
                 kNotNegative},
        BadValue{"ThresholdInsideOfALayer",
                 {"Dense", R"("units": 2, "activation": {"class_name": "ReLU", "config": {"threshold": null}})", 2},
                 "threshold"},
        BadValue{"NoAxisOfBatch", {"BatchNormalization", R"("axis": null)"}, "\"axis\" should be"},
        BadValue{"NoAxesOfSoftmax", {"Softmax", R"("axis": [])"}, "\"axis\" should be an axis"}),
    [](const auto& tested) { return std::string(tested.param.name); });

INSTANTIATE_TEST_SUITE_P(
    OfTexts, Values,
    testing::Values(
        BadValue{"InterpolationOfResizing",
                 {"Resizing", R"("height": 4, "width": 4, "interpolation": "BILINEAR")", 3, kEightByEight},
                 "\"interpolation\" should be \"nearest\", \"bilinear\""},
        BadValue{"MeanNull", {"Normalization", R"("mean": null, "variance": 2.0)"}, "\"mean\" should be an array"},
        BadValue{"PaddingOfPooling",
                 {"MaxPooling1D", R"("pool_size": 2, "padding": "SAME")", 3, kEightSteps},
                 "\"padding\" should be \"valid\" or \"same\", found \"SAME\""},
        BadValue{"DataFormatOfAdaptivePooling",
                 {"AdaptiveMaxPooling1D", R"("output_size": 2, "data_format": "CHANNELS_LAST")", 3, kEightSteps},
                 "\"data_format\" should be \"channels_last\" or \"channels_first\""},
        BadValue{"Padding",
                 {"Conv1D", R"("filters": 2, "kernel_size": 2, "padding": "full")", 3, kEightSteps},
                 "\"padding\" should be \"valid\", \"same\" or \"causal\", found \"full\""},
        BadValue{"PaddingNull",
                 {"Conv1D", R"("filters": 2, "kernel_size": 2, "padding": null)", 3, kEightSteps},
                 "\"padding\" should be"},
        BadValue{"CausalImage",
                 {"Conv2D", R"("filters": 2, "kernel_size": 2, "padding": "causal")", 3, kEightByEight},
                 "\"padding\" should be \"valid\" or \"same\", found \"causal\""},
        BadValue{"CausalDepthwise",
                 {"DepthwiseConv1D", R"("kernel_size": 2, "padding": "causal")", 2, kEightSteps},
                 "\"padding\" should be"},
        BadValue{"CausalSeparable",
                 {"SeparableConv1D", R"("filters": 2, "kernel_size": 2, "padding": "causal")", 3, kEightSteps},
                 "\"padding\" should be"},
        BadValue{
            "CausalPool", {"MaxPooling1D", R"("pool_size": 2, "padding": "causal")", 2, kEightSteps}, "\"padding\" should be"},
        BadValue{"DataFormat",
                 {"Conv2D", R"("filters": 2, "kernel_size": 2, "data_format": "nhwc")", 3, kEightByEight},
                 "\"data_format\" should be \"channels_last\" or \"channels_first\", found \"nhwc\""},
        BadValue{"DataFormatOfDropout",
                 {"SpatialDropout2D", R"("rate": 0.5, "data_format": "")", 3, kEightByEight},
                 "\"data_format\" should be"},
        BadValue{"DataFormatNumber", {"Flatten", R"("data_format": 5)", 3, kEightByEight}, "\"data_format\" should be"},
        BadValue{
            "Activation", {"Dense", R"("units": 2, "activation": "RELU")"}, "has the activation \"RELU\", which is not known"},
        BadValue{
            "RecurrentActivation", {"LSTM", R"("units": 2, "recurrent_activation": "")", 3, kEightSteps}, "recurrent_activation"},
        BadValue{
            "MergeMode",
            {"Bidirectional",
             R"("merge_mode": "max", "layer": {"class_name": "GRU", "config": {"name": "g", "units": 2, "reset_after": true}})",
             3, kEightSteps},
            "\"merge_mode\" should be \"concat\", \"sum\", \"ave\" or \"mul\", found \"max\""},
        BadValue{"OutputMode",
                 {"StringLookup", R"("vocabulary": ["a", "c"], "output_mode": "INT")", 3, "[null, 1]", "string"},
                 "\"output_mode\" should be"},
        BadValue{"OutputModeNull",
                 {"TextVectorization", R"("vocabulary": ["a", "c"], "output_mode": null)", 3, "[null, 1]", "string"},
                 "\"output_mode\" should be"},
        BadValue{"Encoding",
                 {"StringLookup", R"("vocabulary": ["a", "c"], "encoding": "latin1")", 3, "[null, 1]", "string"},
                 "\"encoding\" should be \"utf-8\""},
        BadValue{"MaskToken",
                 {"StringLookup", R"("vocabulary": ["a", "c"], "mask_token": 5)", 3, "[null, 1]", "string"},
                 "\"mask_token\" should be a string, found 5"},
        BadValue{"MaskTokenOfIntegers",
                 {"IntegerLookup", R"("vocabulary": [1, 3], "mask_token": "a")", 3, "[null, 1]", "int64"},
                 "\"mask_token\" should be an integer"},
        BadValue{"OovToken",
                 {"IntegerLookup", R"("vocabulary": [1, 3], "oov_token": 1.5)", 2, "[null, 1]", "int64"},
                 "\"oov_token\" should be an integer"},
        BadValue{"OovMethod",
                 {"StringLookup", R"("vocabulary": ["a", "c"], "oov_method": "other")", 3, "[null, 1]", "string"},
                 "\"oov_method\" should be \"floormod\" or \"farmhash\""},
        BadValue{"OovIndicesNull",
                 {"StringLookup", R"("vocabulary": ["a", "c"], "num_oov_indices": null)", 3, "[null, 1]", "string"},
                 "\"num_oov_indices\" should be an integer, found null"},
        BadValue{"VocabularyDtype",
                 {"IntegerLookup", R"("vocabulary": [1, 3], "vocabulary_dtype": "float32")", 3, "[null, 1]", "int64"},
                 "\"vocabulary_dtype\" should be \"int64\""},
        BadValue{"Standardize",
                 {"TextVectorization", R"("vocabulary": ["a", "c"], "standardize": "LOWER")", 3, "[null, 1]", "string"},
                 "standardize"},
        BadValue{"Split", {"TextVectorization", R"("vocabulary": ["a", "c"], "split": 5)", 3, "[null, 1]", "string"}, "split"},
        BadValue{"Dtype", {"Dense", R"("units": 2, "dtype": "float12")"}, "the dtype \"float12\""}),
    [](const auto& tested) { return std::string(tested.param.name); });

constexpr const char* kAllCropped = "elements of axis 1, which has only";

INSTANTIATE_TEST_SUITE_P(
    OfExtents, Values,
    testing::Values(
        BadValue{"BatchAxisList", {"BatchNormalization", R"("axis": [1, 2])", 3, kEightSteps}, "\"axis\" should be an integer"},
        BadValue{"BatchAxisNull", {"BatchNormalization", R"("axis": null)", 3, kEightSteps}, "\"axis\" should be an integer"},
        BadValue{"PowerIterations",
                 {"SpectralNormalization",
                  R"("power_iterations": 0, "layer": {"class_name": "Dense", "config": {"name": "dense", "units": 2}})"},
                 "0 is not between 1"},
        BadValue{"PaddingText", {"ZeroPadding1D", R"("padding": ["a", 2])", 3, kEightSteps}, "\"padding\" should be"},
        BadValue{"PaddingOfOneEdge", {"ZeroPadding1D", R"("padding": [1])", 3, kEightSteps}, "\"padding\" should be"},
        BadValue{"BatchAxisOfBatch", {"BatchNormalization", R"("axis": 0)", 3, kEightSteps}, "other than that of the batch"},
        BadValue{
            "BatchAxesNone", {"BatchNormalization", R"("axis": [])", 2, kEightSteps}, "\"axis\" should be one axis at least"},
        BadValue{
            "BatchAxesTwice", {"BatchNormalization", R"("axis": [2, -1])", 2, kEightSteps}, "\"axis\" should be different axes"},
        BadValue{"GroupAxisTwice", {"GroupNormalization", R"("groups": 2, "axis": [-1, -1])", 2, kEightSteps}, "different axes"},
        BadValue{"GroupsOfTransposed",
                 {"Conv1DTranspose", R"("filters": 2, "kernel_size": 2, "groups": 7)", 2, kEightSteps},
                 "\"groups\" should be a divisor of the 2 filters, found 7"},
        BadValue{"GroupsOfSeparable",
                 {"SeparableConv1D", R"("filters": 2, "kernel_size": 2, "groups": 3)", 2, kEightSteps},
                 "\"groups\" should be a divisor of the 2 filters, found 3"},
        BadValue{"GroupsOfDepthwise",
                 {"DepthwiseConv1D", R"("kernel_size": 2, "groups": 4)", 3, kEightSteps},
                 "\"groups\" should be 1"},
        BadValue{"EinsumExtent",
                 {"EinsumDense", R"("equation": "abc,cd->abd", "output_shape": [50, 5])", 3, kEightSteps},
                 "\"output_shape\" should be the input's extent 8 for the label b, found [50,5]"},
        BadValue{"EinsumBiasNowhere",
                 {"EinsumDense", R"("equation": "abc,cd->abd", "output_shape": [null, 5], "bias_axes": "D")", 2, kEightSteps},
                 "\"bias_axes\" should be labels of the result abd, found \"D\""},
        BadValue{"EinsumNoBiasAxes",
                 {"EinsumDense", R"("equation": "abc,cd->abd", "output_shape": [null, 5], "bias_axes": "")", 3, kEightSteps},
                 "\"bias_axes\" should be labels"},
        BadValue{"EinsumBiasOfBatch",
                 {"EinsumDense", R"("equation": "abc,cd->abd", "output_shape": [null, 5], "bias_axes": "ad")", 3, kEightSteps},
                 "labels of other axes than that of the batch"},
        BadValue{"NoGroups", {"Conv1D", R"("filters": 2, "kernel_size": 2, "groups": 0)", 3, kEightSteps}, "0 is not between 1"},
        BadValue{"GroupsNull",
                 {"Conv1D", R"("filters": 2, "kernel_size": 2, "groups": null)", 3, kEightSteps},
                 "\"groups\" should be an integer"},
        BadValue{"NormalizationGroupsNull", {"GroupNormalization", R"("groups": null)", 3, kEightSteps}, "\"groups\" should be"},
        BadValue{"CroppedSteps", {"Cropping1D", R"("cropping": [7, 1])", 3, kEightSteps}, kAllCropped},
        BadValue{"CroppedStepsOfKeras2", {"Cropping1D", R"("cropping": [5, 5])", 2, kEightSteps}, "crops 5 and 5 elements"},
        BadValue{"CroppedImage", {"Cropping2D", R"("cropping": [[8, 0], [0, 0]])", 2, kEightByEight}, kAllCropped},
        BadValue{"CroppedVolume", {"Cropping3D", R"("cropping": [[2, 2], [0, 0], [0, 0]])", 3, kVolumes}, kAllCropped},
        BadValue{"ReshapeToANumber",
                 {"Reshape", R"("target_shape": -1)", 3, kEightSteps},
                 "\"target_shape\" should be a list of integers, found -1"},
        BadValue{"PermuteByANumber", {"Permute", R"("dims": 1)", 2}, "\"dims\" should be a list of integers, found 1"}),
    [](const auto& tested) { return std::string(tested.param.name); });

class Names : public testing::TestWithParam<std::pair<int, const char*>> {
 protected:
  const Folder folder;
};

TEST_P(Names, AreTexts) {
  const auto [keras, name] = GetParam();
  std::string model = one_layer_model({"Dense", R"("units": 2)", keras});
  change(model, R"("name": "it")", std::string(R"("name": )") + name);
  const auto file = folder.write("model.json", model);
  const std::string complaint = complaint_of<ModelError>([&] { golden::load_synthetic(file, {.device = Device{}}, 1); });
  expect_sentence(complaint, {"model.json", "class Dense", "\"name\" should be a string", name});
}

INSTANTIATE_TEST_SUITE_P(OfLayers, Names,
                         testing::Values(std::pair{3, "5"}, std::pair{2, "5"}, std::pair{2, "[\"it\"]"}, std::pair{3, "1.5"}));

// Keras 3 checks the rank of a mask that it does not use; Keras 2 ignores the mask.
class Masks : public testing::Test {
 protected:
  std::filesystem::path model_of(const char* mask_shape, const char* keras_version) const {
    const auto input = [](const char* name, const char* shape, const char* type) {
      return std::string(R"({"class_name": "InputLayer", "config": {"batch_shape": )") + shape + R"(, "dtype": ")" + type +
             R"(", "name": ")" + name + R"("}, "name": ")" + name + R"(", "inbound_nodes": []})";
    };
    const auto tensor = [](const char* name) {
      return std::string(R"({"class_name": "__keras_tensor__", "config": {"keras_history": [")") + name + R"(", 0, 0]}})";
    };
    return folder.write("model.json",
                        std::string(R"({"class_name": "Functional", "keras_version": ")") + keras_version +
                            R"(", "config": {"name": "model", "layers": [)" + input("x", kEightSteps, "float32") + ", " +
                            input("mask", mask_shape, "bool") +
                            R"(, {"class_name": "BatchNormalization", "config": {"name": "it", "trainable": true}, )"
                            R"("name": "it", "inbound_nodes": [{"args": [)" +
                            tensor("x") + R"(], "kwargs": {"mask": )" + tensor("mask") +
                            R"(}}]}], "input_layers": [["x", 0, 0], ["mask", 0, 0]], "output_layers": [["it", 0, 0]]}})");
  }
  const Folder folder;
};

TEST_F(Masks, OfABatchNormalizationHaveOneAxisLess) {
  for (const char* shape : {"[null]", "[null, 8, 1]"}) {
    const auto file = model_of(shape, "3.15.1");
    const std::string complaint = complaint_of<UnsupportedError>([&] { golden::load_synthetic(file, {.device = Device{}}, 1); });
    expect_sentence(complaint, {"model.json", "it", "with a mask of shape", "not one less than that of the input"});
  }
  EXPECT_NO_THROW(golden::load_synthetic(model_of("[null, 8]", "3.15.1"), {.device = Device{}}, 1));
}

}  // namespace
}  // namespace keraunos
