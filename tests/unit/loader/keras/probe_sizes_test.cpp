#include "loader/keras/probe_sizes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace keraunos::loader {
namespace {

const std::vector<TensorSpec> kFree{{"x", DType::float32, {std::nullopt, std::nullopt, 3}}};
const std::vector<TensorSpec> kFixed{{"x", DType::float32, {5, 3}}};

LayerGraph with_config(const std::string& config) {
  LayerGraph graph;
  graph.root = std::make_shared<LayerInstance>();
  graph.root->config = std::make_shared<const files::Json>(files::Json::parse(config, "test"));
  return graph;
}

TEST(ProbeSizes, OneAfterAnotherDifferWhereTheModelLeavesThemOpen) {
  const std::vector<ProbeSizes> sizes = usual_probe_sizes(kFree);
  for (size_t i = 1; i < sizes.size(); ++i) {
    EXPECT_NE(sizes[i].batch, sizes[i - 1].batch);
    EXPECT_NE(sizes[i].extent, sizes[i - 1].extent);
  }
}

TEST(ProbeSizes, ABatchOfTheFileStays) {
  for (const ProbeSizes& sizes : usual_probe_sizes(kFixed)) EXPECT_EQ(sizes.batch, 5);
}

TEST(ProbeSizes, FurtherBatchesDivideTheNumbersOfTheFile) {
  const std::vector<ProbeSizes> sizes =
      further_probe_sizes(with_config(R"({"newshape": [4, 6], "values": [[1], [2], [3], [4], [5]]})"), kFree);
  for (const int64_t batch : {1, 4, 6, 12, 24, 5}) {
    EXPECT_TRUE(std::any_of(sizes.begin(), sizes.end(), [&](const ProbeSizes& s) { return s.batch == batch; })) << batch;
  }
}

TEST(ProbeSizes, HugeNumbersCostNothing) {
  const LayerGraph graph =
      with_config(R"({"a": 9223372036854775807, "b": -9223372036854775808, "c": [4611686018427387904, 4611686018427387904]})");
  EXPECT_LT(further_probe_sizes(graph, kFree).size(), 100u);
}

TEST(ProbeSizes, StandForNoneInMessages) {
  EXPECT_EQ(without_probe_sizes("(2, 6, 3) has 36 elements, not 24", "(3, 16, 3) has 144 elements, not 24"),
            "(None, None, 3) has None elements, not 24");
  EXPECT_EQ(without_probe_sizes("layer \"dense_1\" (2,)", "layer \"dense_1\" (2,)"), "layer \"dense_1\" (2,)");
  EXPECT_EQ(without_probe_sizes("layer \"a\"", "layer \"b\""), std::nullopt);
  EXPECT_EQ(without_probe_sizes("2 rows", "3 rows and more"), std::nullopt);
}

}  // namespace
}  // namespace keraunos::loader
