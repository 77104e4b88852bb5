// Numbers of a config that no layer can have: each is refused when the file is opened; the message has layer, key, value and the
// allowed values.
#include <gtest/gtest.h>

#include "altered.h"
#include "for_this_call.h"
#include "golden/golden.h"
#include "keraunos/keraunos.h"

namespace keraunos {
namespace {

struct BadNumber {
  const char *name, *class_name, *config, *complaint;
  const char* input = "[null, 8, 4]";
};

// A Sequential of one layer, named "it".
std::string model_of(const BadNumber& bad) {
  return std::string(R"({"class_name": "Sequential", "keras_version": "3.15.1", "config": {"name": "model", "layers": [)") +
         R"({"class_name": "InputLayer", "config": {"batch_shape": )" + bad.input +
         R"(, "dtype": "float32", "name": "in"}}, {"class_name": ")" + bad.class_name + R"(", "config": {"name": "it")" +
         (bad.config[0] != '\0' ? ", " : "") + bad.config + "}}]}}";
}

class Numbers : public testing::TestWithParam<BadNumber> {
 protected:
  const Folder folder;
};

TEST_P(Numbers, AreRefusedByKeyAndRange) {
  const auto file = folder.write("model.json", model_of(GetParam()));
  const std::string complaint = complaint_of<ModelError>([&] { golden::load_synthetic(file, {.device = Device{}}, 1); });
  expect_sentence(complaint, {"model.json", "layer \"it", GetParam().class_name, GetParam().complaint});
}

// Memory whose size a number of the file determines is debited from the limit before it is allocated.
TEST(LargeNumbers, CountAgainstTheLimit) {
  const Folder folder;
  const BadNumber all[] = {
      {"", "CategoryEncoding", R"("num_tokens": 16777216, "output_mode": "multi_hot")", "the numbers of the classes"},
      {"", "MelSpectrogram", R"("fft_length": 1073741824)", "a window function", "[null, 100]"},
      {"", "MelSpectrogram", R"("fft_length": 64, "num_mel_bins": 1048576)", "the weights of the mel scale", "[null, 2000]"},
      {"", "ContrastLimitedAdaptiveHistogramEqualization", "", "the places between the tiles", "[null, 1048576, 4, 1]"},
  };
  for (const BadNumber& large : all) {
    const auto file = folder.write("model.json", model_of(large));
    const LoadOptions options{.device = Device{}, .max_bytes = 1 << 20};
    const std::string complaint = complaint_of<ModelError>([&] { golden::load_synthetic(file, options, 1); });
    expect_sentence(complaint, {"model.json", large.class_name, large.complaint, "max_bytes"});
  }
}

constexpr const char* kImage = "[null, 8, 8, 4]";

INSTANTIATE_TEST_SUITE_P(
    OfLayers, Numbers,
    testing::Values(
        BadNumber{"RankOfSparsemax", "Activation", R"("activation": "sparsemax")", "sparsemax needs an axis", "[]"},
        BadNumber{"NoStrides", "Conv1D", R"("filters": 2, "kernel_size": 3, "strides": null)",
                  R"("strides" should be a list of)"},
        BadNumber{"NoDilation", "Conv1D", R"("filters": 2, "kernel_size": 3, "dilation_rate": null)",
                  R"("dilation_rate" should be a list of)"},
        BadNumber{"NoTransposedStrides", "Conv1DTranspose", R"("filters": 2, "kernel_size": 3, "strides": null)",
                  R"("strides" should be a list of)"},
        BadNumber{"NoPool", "MaxPooling1D", R"("pool_size": null)", R"("pool_size" should be a list of)"},
        BadNumber{"NoMultiplier", "DepthwiseConv1D", R"("kernel_size": 3, "depth_multiplier": null)",
                  R"("depth_multiplier" should be an integer, found null)"},
        BadNumber{"NoSize", "UpSampling1D", R"("size": null)", R"("size" should be a list of)"},
        BadNumber{"TextForANumber", "Dense", R"("units": "4")", R"("units" should be an integer, found "4")"},
        BadNumber{"TextForADtype", "Dense", R"("units": 4, "dtype": "floaty")", R"(the dtype "floaty")"},
        BadNumber{"Dilation", "Conv1D", R"("filters": 2, "kernel_size": 7, "dilation_rate": 3074457345618258603)",
                  "key \"dilation_rate\": 3074457345618258603 is not between 1 and 2147483647"},
        BadNumber{"DilationOfDepthwise", "DepthwiseConv2D", R"("kernel_size": [2, 2], "dilation_rate": [1, 4611686018427387904])",
                  "key \"dilation_rate\": 4611686018427387904 is not between", kImage},
        BadNumber{"Kernel", "Conv2D", R"("filters": 2, "kernel_size": [0, 2])",
                  "key \"kernel_size\": 0 is not between 1 and 2147483647", kImage},
        BadNumber{"Strides", "SeparableConv1D", R"("filters": 2, "kernel_size": 2, "strides": -9223372036854775808)",
                  "key \"strides\": -9223372036854775808 is not between 1 and"},
        BadNumber{"Filters", "Conv1D", R"("filters": -2, "kernel_size": 2)", "key \"filters\": -2 is not between"},
        BadNumber{"Groups", "Conv1D", R"("filters": 2, "kernel_size": 2, "groups": 0)", "key \"groups\": 0 is not between"},
        BadNumber{"Multiplier", "DepthwiseConv1D", R"("kernel_size": 2, "depth_multiplier": 4611686018427387904)",
                  "key \"depth_multiplier\": 4611686018427387904"},
        BadNumber{"PoolSize", "AveragePooling2D", R"("pool_size": [0, 2])",
                  "key \"pool_size\": 0 is not between 1 and 2147483647", kImage},
        BadNumber{"PoolStrides", "MaxPooling1D", R"("pool_size": 2, "strides": 0)", "key \"strides\": 0 is not between"},
        BadNumber{"Units", "Dense", R"("units": -1)", "key \"units\": -1 is not between 1 and"},
        BadNumber{"UnitsOfCell", "LSTM", R"("units": 4611686018427387904)",
                  "key \"units\": 4611686018427387904 is not between 1 and"},
        BadNumber{"Repeats", "RepeatVector", R"("n": -5)", "key \"n\": -5 is not between 1 and 2147483647", "[null, 4]"},
        BadNumber{"TargetShape", "Reshape", R"("trainable": true, "target_shape": [-7, 4])",
                  "key \"target_shape\": -7 is not between -1 and"},
        BadNumber{"Dims", "Permute", R"("dims": [4294967298, 1])", "key \"dims\": 4294967298 is not between 1 and"},
        BadNumber{"Padding", "ZeroPadding1D", R"("padding": [-1, 1])", "key \"padding\": -1 is not between 0 and"},
        BadNumber{"PaddingPairs", "ZeroPadding2D", R"("padding": [[4611686018427387904, 4611686018427387904], [0, 0]])",
                  "key \"padding\": 4611686018427387904", kImage},
        BadNumber{"Cropping", "Cropping1D", R"("cropping": 9223372036854775807)",
                  "key \"cropping\": 9223372036854775807 is not between"},
        BadNumber{"TableRows", "Embedding", R"("input_dim": 0, "output_dim": 2)", "key \"input_dim\": 0 is not between 1 and"},
        BadNumber{"SharedAxes", "PReLU", R"("shared_axes": [-9223372036854775808])",
                  "key \"shared_axes\": -9223372036854775808 is not between -1 and 2"},
        BadNumber{"ModeOfKeras1", "BatchNormalization", R"("mode": 2)", "has mode 2 of Keras 1"},
        BadNumber{"Axis", "LayerNormalization", R"("axis": 4294967298)", "\"axis\""},
        BadNumber{"TooLarge", "RepeatVector", R"("n": 2147483647)", "is too large: 70368744177664 bytes are the most",
                  "[null, 2147483647]"},
        BadNumber{"WindowOverFixedInput", "Conv1D", R"("filters": 2, "kernel_size": 9)",
                  "reaches over 9 elements of axis 1, which has 8"},
        BadNumber{"PoolOverFixedInput", "MaxPooling1D", R"("pool_size": 9)", "reaches over 9 elements of axis 1, which has 8"}),
    [](const auto& tested) { return std::string(tested.param.name); });

class FreeLength : public testing::TestWithParam<BadNumber> {
 protected:
  const Folder folder;
};

// The file does not fix the length, so the call is refused.
TEST_P(FreeLength, ShorterThanAWindowIsRefused) {
  const Model model = golden::load_synthetic(folder.write("model.json", model_of(GetParam())), {.device = Device{}}, 1);
  std::vector<int64_t> sizes{1};
  for (size_t axis = 1; axis + 1 < model.inputs()[0].shape.size(); ++axis) sizes.push_back(2);
  sizes.push_back(4);
  const std::string complaint =
      complaint_of<UsageError>([&] { model.predict(for_this_call(Tensor(DType::float32, Dims(sizes)))); });
  expect_sentence(complaint, {"layer \"it\"", GetParam().complaint});
  for (size_t axis = 1; axis + 1 < sizes.size(); ++axis) sizes[axis] = 5;
  EXPECT_NO_THROW(model.predict(for_this_call(Tensor(DType::float32, Dims(sizes)))));
}

constexpr const char *kSequence = "[null, null, 4]", *kAnyImage = "[null, null, null, 4]",
                     *kVolume = "[null, null, null, null, 4]";
constexpr const char *kReach = "reaches over 3 elements of axis 1, which has 2",
                     *kReachDilated = "reaches over 5 elements of axis 1, which has 2";

INSTANTIATE_TEST_SUITE_P(
    OfLayers, FreeLength,
    testing::Values(
        BadNumber{"Conv1D", "Conv1D", R"("filters": 2, "kernel_size": 3)", kReach, kSequence},
        BadNumber{"DilatedConv1D", "Conv1D", R"("filters": 2, "kernel_size": 3, "dilation_rate": 2)", kReachDilated, kSequence},
        BadNumber{"StridedConv2D", "Conv2D", R"("filters": 2, "kernel_size": [3, 3], "strides": [2, 2])", kReach, kAnyImage},
        BadNumber{"Conv3D", "Conv3D", R"("filters": 2, "kernel_size": [3, 3, 3])", kReach, kVolume},
        BadNumber{"DepthwiseConv1D", "DepthwiseConv1D", R"("kernel_size": 3)", kReach, kSequence},
        BadNumber{"DepthwiseConv2D", "DepthwiseConv2D", R"("kernel_size": [3, 3])", kReach, kAnyImage},
        BadNumber{"SeparableConv1D", "SeparableConv1D", R"("filters": 2, "kernel_size": 3)", kReach, kSequence},
        BadNumber{"SeparableConv2D", "SeparableConv2D", R"("filters": 2, "kernel_size": [3, 3])", kReach, kAnyImage},
        BadNumber{"MaxPooling1D", "MaxPooling1D", R"("pool_size": 3, "strides": 3)", kReach, kSequence},
        BadNumber{"MaxPooling2D", "MaxPooling2D", R"("pool_size": [3, 3])", kReach, kAnyImage},
        BadNumber{"MaxPooling3D", "MaxPooling3D", R"("pool_size": [3, 3, 3])", kReach, kVolume},
        BadNumber{"AveragePooling1D", "AveragePooling1D", R"("pool_size": 3)", kReach, kSequence},
        BadNumber{"AveragePooling2D", "AveragePooling2D", R"("pool_size": [3, 3])", kReach, kAnyImage},
        BadNumber{"AveragePooling3D", "AveragePooling3D", R"("pool_size": [3, 3, 3])", kReach, kVolume}),
    [](const auto& tested) { return std::string(tested.param.name); });

struct Same {
  const char *name, *class_name, *config;
};
class SamePadding : public testing::TestWithParam<Same> {
 protected:
  const Folder folder;
};

// Keras (2.15, 3.15) returns as many results as there are elements, however far the window reaches beyond them, and none for no
// elements.
TEST_P(SamePadding, TakesAnyLength) {
  const BadNumber layer{"", GetParam().class_name, GetParam().config, "", kSequence};
  const Model model = golden::load_synthetic(folder.write("model.json", model_of(layer)), {.device = Device{}}, 1);
  EXPECT_EQ(model.predict(for_this_call(Tensor(DType::float32, Dims{2, 0, 4}))).dims()[1], 0);
  EXPECT_EQ(model.predict(for_this_call(Tensor(DType::float32, Dims{2, 1, 4}))).dims()[1], 1);
}

INSTANTIATE_TEST_SUITE_P(OfLayers, SamePadding,
                         testing::Values(Same{"Conv", "Conv1D", R"("filters": 2, "kernel_size": 4, "padding": "same")"},
                                         Same{"Depthwise", "DepthwiseConv1D", R"("kernel_size": 4, "padding": "same")"},
                                         Same{"Separable", "SeparableConv1D",
                                              R"("filters": 2, "kernel_size": 4, "padding": "same")"},
                                         Same{"Maximum", "MaxPooling1D", R"("pool_size": 4, "padding": "same")"},
                                         Same{"Average", "AveragePooling1D", R"("pool_size": 4, "padding": "same")"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Sequences, WithoutStepsAreRefused) {
  const Folder folder;
  const BadNumber layer{"", "LSTM", R"("units": 2)", "", kSequence};
  const Model model = golden::load_synthetic(folder.write("model.json", model_of(layer)), {.device = Device{}}, 1);
  expect_sentence(complaint_of<UsageError>([&] {
                    model.predict(for_this_call(Tensor(DType::float32, Dims{2, 0, 4})));
                  }),
                  {"layer \"it/lstm_cell\" (LSTMCell)", "one step"});
}

// A tensor that does not fit into memory is refused with a message; the program does not end.
TEST(Memory, ThatIsNotThereIsSaidSo) {
  const Folder folder;
  const BadNumber layer{"", "RepeatVector", R"("n": 2147483647)", "", "[null, 4096]"};
  const Model model = golden::load_synthetic(folder.write("model.json", model_of(layer)), {.device = Device{}}, 1);
  const std::string complaint = complaint_of<DeviceError>([&] {
    model.predict(for_this_call(Tensor(DType::float32, Dims{1, 4096})));
  });
  expect_sentence(complaint, {"memory", "35184372072448 bytes"});
}

}  // namespace
}  // namespace keraunos
