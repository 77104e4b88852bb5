// Which layers diff pairs, and its report on two arrays.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cli/diff_tensors.h"
#include "cli/layer_pairs.h"

namespace keraunos::cli {
namespace {

Tensor floats(const std::vector<float>& values, const Dims& dims) {
  Tensor tensor(DType::float32, dims);
  std::copy(values.begin(), values.end(), tensor.mutable_values<float>().begin());
  return tensor;
}

Tensor texts(const std::vector<std::string>& words) { return Tensor::strings(words, {static_cast<int64_t>(words.size())}); }

TEST(ArrayDifference, FindsTheElementThatIsFurthestOutside) {
  const Tensor a = floats({1, 2, 3, 4, 5, 6}, {2, 3}), b = floats({1, 2, 3.5f, 4, 5, 8}, {2, 3});
  const ArrayDifference difference = difference_of(a, b, {.rtol = 0.1, .atol = 0});
  EXPECT_TRUE(difference.differs);
  EXPECT_EQ(difference.elements, 2);
  EXPECT_EQ(difference.max_abs, 2);
  EXPECT_EQ(difference.max_rel, 0.25);
  EXPECT_EQ(difference.where, "(1, 2): 6 and 8");
  EXPECT_FALSE(difference_of(a, b, {.rtol = 0.25, .atol = 0}).differs);
  EXPECT_FALSE(difference_of(a, b, {.rtol = 0, .atol = 2}).differs);
  EXPECT_TRUE(difference_of(a, b, {.rtol = 0, .atol = 0}).differs);
}

TEST(ArrayDifference, NanAgreesWithNanAlone) {
  const float nan = std::nanf(""), infinite = std::numeric_limits<float>::infinity();
  const Tensor a = floats({nan, infinite, -infinite}, {3});
  EXPECT_FALSE(difference_of(a, a, {}).differs);
  const ArrayDifference difference = difference_of(a, floats({nan, infinite, infinite}, {3}), {.rtol = 1, .atol = 1});
  EXPECT_EQ(difference.elements, 1);
  EXPECT_EQ(difference.where, "(2,): -inf and inf");
  EXPECT_TRUE(std::isinf(difference.max_abs));
  EXPECT_TRUE(difference_of(a, floats({0, infinite, -infinite}, {3}), {.rtol = 1, .atol = 1}).differs);
}

TEST(ArrayDifference, ComparesNumbersOfOtherTypes) {
  Tensor integers(DType::int32, {2});
  integers.mutable_values<int32_t>()[0] = 3, integers.mutable_values<int32_t>()[1] = -4;
  EXPECT_FALSE(difference_of(integers, floats({3, -4}, {2}), {}).differs);
  EXPECT_EQ(difference_of(integers, floats({3, 4}, {2}), {}).max_abs, 8);
}

TEST(ArrayDifference, ComparesTexts) {
  const Tensor a = texts({"red", "green"}), b = texts({"red", "blue"});
  EXPECT_FALSE(difference_of(a, a, {}).differs);
  EXPECT_EQ(difference_of(a, b, {}).where, "(1,): \"green\" and \"blue\"");
  EXPECT_TRUE(difference_of(a, floats({1, 2}, {2}), {}).differs);
}

TEST(ArrayDifference, OfNothingAndOfScalars) {
  EXPECT_FALSE(difference_of(floats({}, {0, 3}), floats({}, {0, 3}), {}).differs);
  EXPECT_EQ(difference_of(floats({1}, {}), floats({2}, {}), {}).where, "(): 1 and 2");
}

SeenLayer layer(const std::string& path, const std::string& class_name, const std::string& shape) {
  return {.path = path, .class_name = class_name, .outputs = {shape}};
}

using Pairs = std::vector<std::pair<size_t, size_t>>;

TEST(LayerPairs, ByPathFirst) {
  const std::vector<SeenLayer> a{layer("x", "Dense", "(None, 4)"), layer("y", "Dense", "(None, 4)")};
  const std::vector<SeenLayer> b{layer("y", "Dense", "(None, 4)"), layer("x", "Dense", "(None, 5)")};
  EXPECT_EQ(pair_layers(a, b).pairs, (Pairs{{0, 1}, {1, 0}})) << "whatever their shapes: a difference of shapes is to be seen";
}

TEST(LayerPairs, ThoseThatAreLeftByTheirOrder) {
  const std::vector<SeenLayer> a{layer("a1", "Dense", "(None, 4)"), layer("extra", "Dropout", "(None, 4)"),
                                 layer("same", "ReLU", "(None, 4)"), layer("a2", "Dense", "(None, 2)"),
                                 layer("a3", "Dense", "(None, 2)")};
  const std::vector<SeenLayer> b{layer("b1", "Dense", "(None, 4)"), layer("same", "ReLU", "(None, 4)"),
                                 layer("b2", "Dense", "(None, 2)"), layer("b3", "Dense", "(None, 7)")};
  const LayerPairs pairs = pair_layers(a, b);
  EXPECT_EQ(pairs.pairs, (Pairs{{0, 0}, {2, 1}, {3, 2}}));
  EXPECT_EQ(pairs.only_first, (std::vector<size_t>{1, 4}));
  EXPECT_EQ(pairs.only_second, (std::vector<size_t>{3}));
}

// The first layer of `a` could be paired with the last of `b`; then no other layer would have a partner.
TEST(LayerPairs, AsManyAsPossible) {
  const std::vector<SeenLayer> a{layer("a1", "ReLU", "(None, 4)"), layer("a2", "Dense", "(None, 4)"),
                                 layer("a3", "Dense", "(None, 3)")};
  const std::vector<SeenLayer> b{layer("b1", "Dense", "(None, 4)"), layer("b2", "Dense", "(None, 3)"),
                                 layer("b3", "ReLU", "(None, 4)")};
  EXPECT_EQ(pair_layers(a, b).pairs, (Pairs{{1, 0}, {2, 1}}));
}

}  // namespace
}  // namespace keraunos::cli
