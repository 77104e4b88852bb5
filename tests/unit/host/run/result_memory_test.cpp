// ResultMemory: which memory of a destroyed result the next one gets. Addresses tell; the contents are written by nobody.
#include "host/run/result_memory.h"

#include <gtest/gtest.h>

#include <optional>

namespace keraunos::host {
namespace {

constexpr int64_t kFloats = ResultMemory::kLarge / 4;

Tensor floats(ResultMemory& memory, int64_t elements) { return memory.tensor(DType::float32, {elements}); }

TEST(ResultMemory, KeepsTheMemoryOfADestroyedLargeResult) {
  const auto memory = std::make_shared<ResultMemory>();
  std::optional<Tensor> first = floats(*memory, kFloats);
  const void* const address = first->data();
  EXPECT_EQ(memory->bytes(), 0) << "a result uses it";
  first.reset();
  EXPECT_EQ(memory->bytes(), 4 * kFloats);
  const Tensor again = floats(*memory, kFloats);
  EXPECT_EQ(again.data(), address);
  EXPECT_EQ(memory->bytes(), 0);
  EXPECT_NE(floats(*memory, kFloats).data(), address) << "two results share memory";
}

TEST(ResultMemory, UsesABlockForSizesFromThreeQuartersOfIt) {
  const auto memory = std::make_shared<ResultMemory>();
  const void* const address = floats(*memory, 4 * kFloats).data();
  EXPECT_NE(floats(*memory, 4 * kFloats + 1).data(), address);
  EXPECT_NE(floats(*memory, 3 * kFloats - 1).data(), address);
  const Tensor smaller = floats(*memory, 3 * kFloats);
  EXPECT_EQ(smaller.data(), address);
  EXPECT_EQ(smaller.dims(), (Dims{3 * kFloats}));
}

TEST(ResultMemory, AllocatesSmallResultsAndStringsAsUsual) {
  const auto memory = std::make_shared<ResultMemory>();
  floats(*memory, kFloats - 1);
  memory->tensor(DType::string, {kFloats});
  EXPECT_EQ(memory->bytes(), 0);
}

TEST(ResultMemory, FreesBlocksBeyondTheLimitOldestFirst) {
  const auto memory = std::make_shared<ResultMemory>();
  constexpr int64_t kEach = ResultMemory::kMostBytes / 4;
  {
    std::vector<Tensor> results;
    for (int i = 0; i < 6; ++i) results.push_back(floats(*memory, kEach / 4));
  }
  EXPECT_EQ(memory->bytes(), 4 * kEach);
  floats(*memory, ResultMemory::kMostBytes / 4 + 1);
  EXPECT_EQ(memory->bytes(), 4 * kEach) << "a larger one than all is not kept";
}

TEST(ResultMemory, FreesBlocksThatManyResultsDidNotUse) {
  const auto memory = std::make_shared<ResultMemory>();
  floats(*memory, 4 * kFloats);
  for (int64_t i = 0; i <= ResultMemory::kMostAge; ++i) floats(*memory, kFloats);
  EXPECT_EQ(memory->bytes(), 4 * kFloats) << "the small one is used each time, the large one is gone";
}

TEST(ResultMemory, TrimFreesWhatNoResultUses) {
  const auto memory = std::make_shared<ResultMemory>();
  const Tensor used = floats(*memory, kFloats);
  floats(*memory, kFloats);
  memory->trim();
  EXPECT_EQ(memory->bytes(), 0);
  EXPECT_EQ(used.dims(), (Dims{kFloats}));
}

TEST(ResultMemory, ResultsMayOutliveIt) {
  auto memory = std::make_shared<ResultMemory>();
  Tensor result = floats(*memory, kFloats);
  memory.reset();
  result.mutable_values<float>()[kFloats - 1] = 1;
}

}  // namespace
}  // namespace keraunos::host
