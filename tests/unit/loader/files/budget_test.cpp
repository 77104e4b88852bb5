// The memory that a file requires is debited before it is allocated.
#include "loader/files/budget.h"

#include <gtest/gtest.h>

#include "fixtures.h"
#include "keraunos/model.h"
#include "loader/files/hdf5.h"
#include "loader/files/json.h"
#include "loader/files/npy.h"
#include "loader/files/zip.h"

namespace keraunos::files {
namespace {

TEST(Budget, RefusesWhatExceedsIt) {
  MemoryBudget budget(100);
  budget.take(60, "a");
  expect_error([&] { budget.take(41, "the dataset 'x'"); },
               "the dataset 'x' needs 41 bytes of memory beside 60 that loading already takes, more than the limit of 100 bytes");
  expect_error([&] { budget.take(UINT64_MAX, "x"); }, "LoadOptions::max_bytes (--max-bytes)");
  budget.take(40, "b");
  EXPECT_EQ(budget.used(), 100u);
}

TEST(Budget, IsThatOfLoadOptionsUnlessSomebodySaysMore) { EXPECT_EQ(MemoryBudget().limit(), LoadOptions{}.max_bytes); }

TEST(Budget, DebitsEndWithTheMemory) {
  MemoryBudget budget(100);
  {
    Debit first(budget, 70, "a");
    const Debit moved = std::move(first);
    EXPECT_EQ(budget.used(), 70u);
    expect_error([&] { const Debit second(budget, 31, "b"); }, "needs 31 bytes");
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(Budget, IsDebitedForATreeOfJson) {
  std::string text = "[";
  for (int i = 0; i < 100'000; ++i) text += "[],";
  text += "0]";
  expect_error(
      [&] {
        MemoryBudget budget(1 << 20);
        Json::parse(text, "config.json", &budget);
      },
      "config.json, as a tree of values, needs");
  MemoryBudget enough(64 << 20);
  EXPECT_EQ(Json::parse(text, "config.json", &enough).size(), 100'001);
  EXPECT_GE(enough.used(), 100'001 * sizeof(Json));
}

TEST(Budget, IsDebitedForMembersOfArchives) {
  const SharedBytes stored = open_file(fixture("zip_deflated.zip"), budget_of(320));
  const ZipArchive zip(stored);
  const SharedBytes held = zip.open("config.json");
  EXPECT_EQ(stored->budget().used(), 300u);
  expect_error([&] { zip.read_text("config.json"); }, "zip_deflated.zip/config.json' needs 300 bytes");
}

TEST(Budget, IsDebitedForArrays) {
  for (const char* name : {"npy_v1.npy", "npy_python2.npy"})
    expect_error([&] { read_npy(*open_file(fixture(name), budget_of(3))); }, "more than the limit of 3 bytes");
  expect_error([&] { read_arrays(fixture("npy_all.npz"), budget_of(2'000)); }, "limit of 2000 bytes");
  expect_error([&] { read_npz(fixture("npy_all.npz"), budget_of(2'000)); }, "limit of 2000 bytes");
}

TEST(Budget, IsDebitedForDatasets) {
  const SharedBytes bytes = open_file(fixture("types.h5"), budget_of(20'000));
  const Hdf5File file(bytes);
  for (int i = 0; i < 500; ++i) {
    try {
      file.read_tensor("f8");
    } catch (const ModelError& error) {
      EXPECT_NE(std::string(error.what()).find("the dataset '/f8' of '"), std::string::npos) << error.what();
      return;
    }
  }
  ADD_FAILURE() << "500 tensors of 48 bytes and all metadata took no 20,000 bytes";
}

}  // namespace
}  // namespace keraunos::files
