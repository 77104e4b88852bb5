#include "loader/layers/text/vocabulary.h"

#include <gtest/gtest.h>

#include "keraunos/error.h"

namespace keraunos::loader::text {
namespace {

using Strings = std::vector<std::string>;
using Indices = std::vector<int64_t>;

const Strings kWords{"",         "a",    "b",        "hello", "world", "The quick brown fox",
                     "\xc3\xa9", "omar", "stringer", "marlo", "wire",  "skyler"};

Indices looked_up(const Table<std::string>& table) {
  Indices indices;
  for (const std::string& word : kWords) indices.push_back(table.index_of(word));
  return indices;
}

// Expected: StringLookup and IntegerLookup of Keras 2.15.1.
TEST(Table, SpreadsUnknownStringsByHash) {
  const TableRules rules{.unknown_indices = 5};
  EXPECT_EQ(looked_up({{"v1", "v2"}, std::nullopt, rules}), (Indices{3, 4, 2, 1, 3, 3, 0, 1, 4, 1, 4, 4}));
  const Table<std::string> masked({"v1", "v2"}, "", rules);
  EXPECT_EQ(looked_up(masked), (Indices{0, 5, 3, 2, 4, 4, 1, 2, 5, 2, 5, 5}));
  EXPECT_EQ(masked.index_of("v2"), 7);
  EXPECT_EQ(masked.size(), 8);
}

TEST(Table, SpreadsUnknownIntegersByRemainder) {
  const Table<int64_t> table({3, 4}, std::nullopt, {.unknown_indices = 3});
  Indices indices;
  for (int64_t number : {0, 1, 2, -1, 7, 10, 42, 100}) indices.push_back(table.index_of(number));
  EXPECT_EQ(indices, (Indices{0, 1, 2, 2, 1, 1, 0, 1}));
  EXPECT_EQ(table.index_of(4), 4);
}

TEST(Table, DropsTheMaskTokenWhereItIsNotKept) {
  const Table<std::string> table({"a"}, "", {.keeps_mask = false});
  EXPECT_EQ(table.index_of(""), TableRules::kDropped);
  EXPECT_EQ(table.index_of("x"), 0);
  EXPECT_EQ(table.index_of("a"), 1);
}

TEST(Table, NamesAnUnknownTokenWhereNoneMayBe) {
  const Table<std::string> table({"a"}, std::nullopt, {.unknown_indices = 0});
  EXPECT_EQ(table.index_of("a"), 0);
  try {
    (void)table.index_of("zebra");
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("\"zebra\""), std::string::npos) << error.what();
  }
}

TEST(Table, GivesTokensBack) {
  const Table<std::string> table({"a", "b"}, "", {});
  EXPECT_EQ(*table.token_at(0), "");
  EXPECT_EQ(table.token_at(1), nullptr);
  EXPECT_EQ(*table.token_at(3), "b");
  EXPECT_EQ(table.token_at(4), nullptr);
  EXPECT_EQ(table.token_at(-1), nullptr);
}

TEST(Table, HashTellsTablesApart) {
  const Table<std::string> one({"ab", "c"}, std::nullopt, {}), other({"a", "bc"}, std::nullopt, {}),
      more({"ab", "c"}, std::nullopt, {.unknown_indices = 2});
  EXPECT_NE(one.hash(), other.hash());
  EXPECT_NE(one.hash(), more.hash());
}

}  // namespace
}  // namespace keraunos::loader::text
