#include "host/plan/memory.h"

#include <gtest/gtest.h>

#include <random>

#include "keraunos/error.h"

namespace keraunos::host {
namespace {

bool overlap(const Interval& a, const Interval& b) {
  const bool alive = a.first <= b.last && b.first <= a.last;
  return alive && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

TEST(Memory, AChainNeedsTwoBuffers) {
  std::vector<Interval> chain;
  for (int i = 0; i < 10; ++i) chain.push_back({.first = i, .last = i + 1, .bytes = 640});
  EXPECT_EQ(plan_memory(chain, {}), 1280);
}

TEST(Memory, BuffersThatLiveTogetherNeverOverlap) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    std::vector<Interval> all;
    for (int i = 0; i < 60; ++i) {
      const int first = static_cast<int>(random() % 40);
      all.push_back(
          {.first = first, .last = first + static_cast<int>(random() % 10), .bytes = static_cast<int64_t>(random() % 5000)});
    }
    const int64_t total = plan_memory(all, {.alignment = 64, .gap = round % 2 ? 128 : 0});
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].offset % 64, 0);
      EXPECT_LE(all[i].offset + all[i].bytes, total);
      for (size_t j = 0; j < i; ++j) EXPECT_FALSE(overlap(all[i], all[j])) << i << " and " << j;
    }
  }
}

TEST(Memory, AGapSeparatesNeighbours) {
  std::vector<Interval> two{{.first = 0, .last = 1, .bytes = 64}, {.first = 0, .last = 1, .bytes = 64}};
  plan_memory(two, {.alignment = 64, .gap = 256});
  EXPECT_GE(std::abs(two[0].offset - two[1].offset), 64 + 256);
}

TEST(Memory, SumsThatFitNoNumberAreRefused) {
  std::vector<Interval> huge(3, {.first = 0, .last = 1, .bytes = int64_t{1} << 62});
  EXPECT_THROW(plan_memory(huge, {.alignment = 64}), UsageError);
}

}  // namespace
}  // namespace keraunos::host
