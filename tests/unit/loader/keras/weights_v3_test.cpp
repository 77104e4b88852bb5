#include "build_graph.h"

namespace keraunos::loader {
namespace {

// a → b → inner(inside) → c, all Dense(1).
std::string chain() {
  const std::string inner =
      functional("inner", input("i") + ", " + called("inside", R"([[["i", 0, 0, {}]]])"), R"([["i", 0, 0]])",
                 R"([["inside", 0, 0]])", R"("name": "inner", "inbound_nodes": [[["b", 0, 0, {}]]])");
  return functional("model",
                    input("x") + ", " + called("a", R"([[["x", 0, 0, {}]]])") + ", " + called("b", R"([[["a", 0, 0, {}]]])") +
                        ", " + inner + ", " + called("c", R"([[["inner", 1, 0, {}]]])"),
                    R"([["x", 0, 0]])", R"([["c", 0, 0]])");
}

std::vector<float> kernels(const std::string& file, const std::string& version) {
  const auto graph = graph_of(chain(), version);
  read_weights(*graph, files::Hdf5File(files::open_file(fixture(file))));
  std::vector<float> values;
  for (const char* path : {"a", "b", "inner/inside", "c"}) {
    values.push_back(first(*graph, path, "kernel"));
    values.push_back(first(*graph, path, "bias"));
  }
  return values;
}

const std::vector<float> kInOrder{1, 2, 3, 4, 5, 6, 7, 8};

TEST(WeightsV3, Keras215CountsLayersOfOneClass) { EXPECT_EQ(kernels("keras_2_15.h5", "2.15.0"), kInOrder); }

TEST(WeightsV3, Keras214KeepsLayersAmongDependencies) { EXPECT_EQ(kernels("keras_2_14.h5", "2.14.0"), kInOrder); }

TEST(WeightsV3, Keras212MeetsLayersWithWeightsTwice) { EXPECT_EQ(kernels("keras_2_12.h5", "2.12.0"), kInOrder); }

TEST(WeightsV3, NumberingIsFoundWhenTheVersionIsWrong) {
  EXPECT_EQ(kernels("keras_2_12.h5", "2.14.0"), kInOrder);
  EXPECT_EQ(kernels("keras_2_14.h5", "2.12.0"), kInOrder);
}

TEST(WeightsV3, PathsMayBeOneNameWithBackslashes) { EXPECT_EQ(kernels("windows.h5", "3.0.0"), kInOrder); }

TEST(WeightsV3, GroupsThatNameTheirLayersDecide) {
  EXPECT_EQ(kernels("swapped_names.h5", "3.8.0"), (std::vector<float>{3, 4, 1, 2, 5, 6, 7, 8}));
}

TEST(WeightsV3, MissingGroupNamesLayerAndPath) {
  expect_error([] { kernels("one_too_few.h5", "2.15.0"); },
               R"(layer "c" (Dense) has 2 weights (kernel, bias), the group "layers/dense_2/vars" does not exist)");
}

}  // namespace
}  // namespace keraunos::loader
