// Which entries stay within a budget of bytes, and in which order they are removed.
#include "host/run/least_recent.h"

#include <gtest/gtest.h>

namespace keraunos::host {
namespace {

class LeastRecentTest : public testing::Test {
 protected:
  bool has(int value) {
    return cache_.find([&](int entry) { return entry == value; }, [&] { return hash(value); }) != nullptr;
  }
  size_t add(int value, int64_t bytes) { return cache_.add(hash(value), bytes, value).size(); }
  static uint64_t hash(int value) { return static_cast<uint64_t>(value % 3); }  // several entries have the same hash
  LeastRecent<int> cache_{100};
};

TEST_F(LeastRecentTest, ThoseUsedLongestAgoGo) {
  for (int value = 1; value <= 5; ++value) EXPECT_EQ(add(value, 20), 0u);
  EXPECT_FALSE(cache_.has_room(1));
  EXPECT_TRUE(has(1));
  EXPECT_EQ(add(6, 30), 2u);
  EXPECT_TRUE(has(1));
  EXPECT_FALSE(has(2) || has(3));
  EXPECT_TRUE(has(4) && has(5) && has(6));
  EXPECT_EQ(cache_.bytes(), 90);
}

TEST_F(LeastRecentTest, TheNewestStaysHoweverLargeItIs) {
  add(1, 20);
  EXPECT_EQ(add(2, 1000), 1u);
  EXPECT_TRUE(has(2));
  EXPECT_EQ(add(3, 1), 1u);
  EXPECT_EQ(cache_.size(), 1u);
  EXPECT_EQ(cache_.clear().size(), 1u);
  EXPECT_FALSE(has(3));
  EXPECT_EQ(cache_.bytes(), 0);
}

}  // namespace
}  // namespace keraunos::host
