#include "loader/tf/table_numbers.h"

#include <gtest/gtest.h>

#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

using Operands = std::vector<std::shared_ptr<const Tensor>>;

std::shared_ptr<const Tensor> number(int64_t value) {
  auto tensor = std::make_shared<Tensor>(DType::int64, Dims{});
  tensor->mutable_values<int64_t>()[0] = value;
  return tensor;
}

std::shared_ptr<const Tensor> range(int64_t start, int64_t limit, int64_t step, uint64_t memory = 1 << 20) {
  files::MemoryBudget budget(memory);
  return table_numbers({.name = "r", .op = "Range", .inputs = {}, .attributes = {}},
                       Operands{number(start), number(limit), number(step)}, budget, "test");
}

std::shared_ptr<const Tensor> as_int32(std::shared_ptr<const Tensor> numbers, uint64_t memory = 1 << 20) {
  files::MemoryBudget budget(memory);
  GraphNode node{.name = "c", .op = "Cast", .inputs = {}, .attributes = {}};
  node.attributes.push_back({.name = "DstT", .kind = NodeAttribute::Kind::type, .value = {std::string("int32")}});
  return table_numbers(node, Operands{std::move(numbers)}, budget, "test");
}

TEST(TableNumbers, CountAndConvert) {
  const auto three = range(2, 5, 1);
  ASSERT_NE(three, nullptr);
  ASSERT_EQ(three->dims(), (Dims{3}));
  EXPECT_EQ(three->values<int64_t>()[2], 4);
  const auto converted = as_int32(three);
  ASSERT_NE(converted, nullptr);
  EXPECT_EQ(converted->values<int32_t>()[0], 2);
}

TEST(TableNumbers, AreUnknownForOtherRanges) {
  EXPECT_EQ(range(0, 6, 2), nullptr);
  EXPECT_EQ(range(-1, 6, 1), nullptr);
  EXPECT_EQ(range(3, 2, 1), nullptr);
  EXPECT_EQ(as_int32(nullptr), nullptr);
}

TEST(TableNumbers, AreBoundedByTheMemoryForLoading) {
  EXPECT_EQ(range(0, INT64_MAX, 1, UINT64_MAX), nullptr);
  EXPECT_THROW(range(0, 1 << 20, 1), ModelError);
  EXPECT_THROW(as_int32(range(0, 1000, 1), 1000), ModelError);
}

}  // namespace
}  // namespace keraunos::loader
