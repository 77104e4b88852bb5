#include "host/graph/extent.h"

#include <gtest/gtest.h>

#include <limits>

#include "host/graph/graph.h"
#include "message_of.h"

namespace keraunos::host {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max(), kLeast = std::numeric_limits<int64_t>::min();

TEST(Extent, WhatFitsIsComputed) {
  EXPECT_EQ(checked_add(kMost - 1, 1), kMost);
  EXPECT_EQ(checked_subtract(kLeast + 1, 1), kLeast);
  EXPECT_EQ(checked_multiply(int64_t{1} << 31, int64_t{1} << 31), int64_t{1} << 62);
  EXPECT_EQ(reach_of(3, 2), 5);
  EXPECT_EQ(reach_of(1, kMost), 1);
  const Dim folded = product_of(Shape{{2}, {3, true}});
  EXPECT_EQ(folded.size, 6);
  EXPECT_TRUE(folded.varies);
  EXPECT_EQ(product_of(Shape{}).size, 1);
  EXPECT_TRUE(sum_of({2, true}, {3}).varies);
}

TEST(Extent, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(checked_add(kMost, 1), UsageError);
  EXPECT_THROW(checked_add(kLeast, -1), UsageError);
  EXPECT_THROW(checked_subtract(kLeast, 1), UsageError);
  EXPECT_THROW(checked_subtract(0, kLeast), UsageError);
  EXPECT_THROW(checked_multiply(int64_t{1} << 32, int64_t{1} << 31), UsageError);
  EXPECT_THROW(product_of(Shape{{int64_t{1} << 40}, {int64_t{1} << 40}}), UsageError);
  EXPECT_THROW(reach_of(7, 3074457345618258603), UsageError);  // would wrap around to 3
}

TEST(Extent, ATensorHasBounds) {
  EXPECT_EQ(checked_elements(Shape{{2}, {3}}, DType::float32), 6);
  EXPECT_EQ(checked_elements(Shape{}, DType::float32), 1);
  EXPECT_EQ(checked_elements(Shape{{0}, {5}}, DType::float32), 0);
  EXPECT_EQ(checked_elements(Shape{{int64_t{1} << 44}}, DType::float32), int64_t{1} << 44);
  EXPECT_THROW(checked_elements(Shape{{(int64_t{1} << 44) + 1}}, DType::float32), UsageError);
  EXPECT_THROW(checked_elements(Shape{{0}, {int64_t{1} << 62}, {4}}, DType::int8), UsageError);
  EXPECT_THROW(checked_elements(Shape{{-1}, {-1}}, DType::float32), UsageError);
  EXPECT_THROW(checked_elements(Shape(9, Dim{1}), DType::float32), UsageError);
}

TEST(Extent, AGraphHoldsNoOtherValues) {
  Graph graph;
  EXPECT_THROW(graph.add_value({.shape = {{2}, {-5}}}), UsageError);
  EXPECT_THROW(graph.add_value({.shape = {{int64_t{1} << 31}, {int64_t{1} << 31}}}), UsageError);
  EXPECT_TRUE(graph.values.empty());
  const std::string complaint = message_of<UsageError>([&] { graph.add_value({.shape = {{1 << 24}, {1 << 24}}}); });
  EXPECT_EQ(complaint, "a tensor of shape (16777216, 16777216) of float32 is too large: 70368744177664 bytes are the most");
}

TEST(Extent, AWindowHasBounds) {
  Graph graph;
  Builder builder(graph);
  const Value x = graph.add_value({.shape = {{1, true}, {8}, {2}}});
  const auto pooled = [&](const Window& window) { return message_of<UsageError>([&] { builder.max_pool(x, window); }); };
  EXPECT_EQ(pooled({.size = {0, 1, 1}}), "a window's size: 0 is not between 1 and 2147483647");
  EXPECT_EQ(pooled({.stride = {0, 1, 1}}), "a window's stride: 0 is not between 1 and 2147483647");
  EXPECT_EQ(pooled({.size = {7, 1, 1}, .dilation = {3074457345618258603, 1, 1}}),
            "a window's dilation: 3074457345618258603 is not between 1 and 2147483647");
  EXPECT_EQ(pooled({.size = {9, 1, 1}}), "a window reaches over 9 elements of axis 1, which has 8; give it a larger input");
  EXPECT_EQ(pooled({.size = {11, 1, 1}, .low = {1, 0, 0}, .high = {1, 0, 0}}),
            "a window reaches over 11 elements of axis 1, which has 8 (10 with padding); give it a larger input");
  EXPECT_EQ(builder.dim(builder.max_pool(x, {.size = {8, 1, 1}}), 1).size, 1);
}

// A variable axis has an extent chosen by the probe, not by a caller.
TEST(Extent, AWindowOverAProbedExtentMayFindNothing) {
  Graph graph;
  graph.is_probe = true;
  Builder builder(graph);
  const Value free = graph.add_value({.shape = {{1, true}, {8, true}, {2}}}),
              fixed = graph.add_value({.shape = {{1, true}, {8}, {2}}});
  EXPECT_EQ(builder.dim(builder.max_pool(free, {.size = {9, 1, 1}}), 1).size, 0);
  EXPECT_THROW(builder.max_pool(fixed, {.size = {9, 1, 1}}), UsageError);
}

TEST(Extent, SumsAndProductsOfOperationsAreChecked) {
  Graph graph;
  Builder builder(graph);
  const int64_t large = int64_t{1} << 62;
  const Value x = graph.add_value({.shape = {{2}, {4}}});
  const std::vector<int64_t> none{0, 0}, much{0, large};
  EXPECT_THROW(builder.pad(x, much, much, 0), UsageError);
  EXPECT_THROW(builder.slice_axis(x, 1, large, 3, large), UsageError);
  EXPECT_THROW(builder.reshape(x, {{large}, {4}}), UsageError);
  EXPECT_THROW(builder.reshape(x, {{-2}, {-4}}), UsageError);
  EXPECT_THROW(builder.broadcast_to(builder.expand_dims(x, 0), {{large}, {2}, {4}}), UsageError);
}

TEST(Extent, AScalarFitsItsType) {
  Graph graph;
  Builder builder(graph);
  EXPECT_THROW(builder.scalar(std::numeric_limits<double>::quiet_NaN(), DType::int32), UsageError);
  EXPECT_THROW(builder.scalar(1e308, DType::int64), UsageError);
  EXPECT_THROW(builder.scalar(-1, DType::uint8), UsageError);
  EXPECT_THROW(builder.scalar(128, DType::int8), UsageError);
  EXPECT_NO_THROW(builder.scalar(-128, DType::int8));
  EXPECT_NO_THROW(builder.scalar(255.5, DType::uint8));
  EXPECT_NO_THROW(builder.scalar(std::numeric_limits<double>::infinity(), DType::float32));
}

}  // namespace
}  // namespace keraunos::host
