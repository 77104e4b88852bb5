#include "loader/layers/common/window.h"

#include <gtest/gtest.h>

#include "keraunos/error.h"
#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

// A convolution of 1, 2, …, n with the kernel 1, 2, …, k, padded as `edges_of` says.
std::vector<double> convolved(int64_t n, int64_t k, int64_t stride, int64_t dilation, Padding padding) {
  const Edges edges = edges_of(padding, n, k, stride, dilation);
  const int64_t reach = (k - 1) * dilation + 1;
  std::vector<double> result;
  for (int64_t first = -edges.low; first + reach <= n + edges.high; first += stride) {
    double sum = 0;
    for (int64_t j = 0; j < k; ++j) {
      const int64_t at = first + j * dilation;
      if (at >= 0 && at < n) sum += static_cast<double>((at + 1) * (j + 1));
    }
    result.push_back(sum);
  }
  return result;
}

using Numbers = std::vector<double>;

// Expected: tf.nn.conv1d of TensorFlow 2.15.1 with padding SAME.
TEST(EdgesOf, SamePaddingPutsTheLargerHalfBehind) {
  EXPECT_EQ(convolved(6, 3, 2, 1, Padding::same), (Numbers{14, 26, 17}));
  EXPECT_EQ(convolved(7, 3, 2, 1, Padding::same), (Numbers{8, 20, 32, 20}));
  EXPECT_EQ(convolved(5, 4, 3, 1, Padding::same), (Numbers{20, 26}));
  EXPECT_EQ(convolved(5, 3, 1, 2, Padding::same), (Numbers{11, 16, 22, 10, 13}));
  EXPECT_EQ(convolved(1, 3, 2, 1, Padding::same), (Numbers{2}));
  EXPECT_EQ(edges_of(Padding::same, 6, 3, 2, 1), (Edges{.low = 0, .high = 1}));
}

TEST(EdgesOf, SamePaddingIsNeverNegative) {
  EXPECT_EQ(convolved(4, 1, 3, 1, Padding::same), (Numbers{1, 4}));
  EXPECT_EQ(edges_of(Padding::same, 4, 1, 3, 1), Edges{});
  EXPECT_EQ(edges_of(Padding::same, 0, 3, 1, 1).low + edges_of(Padding::same, 0, 3, 1, 1).high, 2);
}

TEST(EdgesOf, CausalPaddingLiesInFront) {
  EXPECT_EQ(edges_of(Padding::causal, 5, 3, 1, 2), (Edges{.low = 4, .high = 0}));
  EXPECT_EQ(convolved(3, 2, 1, 1, Padding::causal), (Numbers{2, 5, 8}));
}

TEST(EdgesOf, ValidPaddingIsNone) { EXPECT_EQ(edges_of(Padding::valid, 5, 3, 2, 2), Edges{}); }

TEST(WindowOver, TakesExtentsOfSpatialAxes) {
  const std::vector<int64_t> size{3, 2}, stride{2, 1}, dilation{1, 1};
  const Window window = window_over({{2}, {6}, {5}, {4}}, Padding::same, size, stride, dilation);
  EXPECT_EQ(window.size, (std::array<int64_t, 3>{3, 2, 1}));
  EXPECT_EQ(window.low, (std::array<int64_t, 3>{0, 0, 0}));
  EXPECT_EQ(window.high, (std::array<int64_t, 3>{1, 1, 0}));
}

TEST(PaddingOf, RefusesOtherWords) {
  const files::Json json = files::Json::parse(R"({"padding": "full"})", "config");
  try {
    padding_of(Config(json, "layer \"c\""));
    FAIL() << "no error";
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("\"full\""), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace keraunos::loader
