// How many rows a piece has, and whether pieces run side by side.
#include "host/run/cut.h"

#include <gtest/gtest.h>

#include "unit/host/run/machine.h"

namespace keraunos::host {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

/// Rows that move `moved` bytes through steps of at most `widest` bytes, with `weights` bytes of weights.
Batching rows_that(int64_t widest, int64_t moved, int64_t weights, bool recurrent = false) {
  return {.rows_are_local = true, .cost = {.widest = widest, .moved = moved, .weights = weights, .recurrent = recurrent}};
}

const Batching kImages = rows_that(6 * kMiB, 60 * kMiB, 14 * kMiB);
const Batching kManyWeights = rows_that(4 * kMiB, 90 * kMiB, 100 * kMiB);
const Batching kNumbers = rows_that(512, 2048, 20000);  // 0.2 µs a row

Cut cut(const BatchOf& batch, const Batching& batching, int threads) { return cut_of(batch, batching, threads, kMachine); }

void expect(const Cut& cut, int64_t rows, bool side_by_side) {
  EXPECT_EQ(cut.rows, rows);
  EXPECT_EQ(cut.side_by_side, side_by_side);
}

TEST(Cut, RowsWiderThanTheCacheComeOneByOne) { expect(cut({32, 600000}, kImages, 2), 1, true); }
TEST(Cut, AsManyAsMakeWeightsTheSmallerPart) { expect(cut({32, 600000}, kManyWeights, 2), 4, true); }
TEST(Cut, FewerWhereAThreadWouldHaveNothingToDo) { expect(cut({8, 600000}, kManyWeights, 4), 2, true); }
TEST(Cut, StepsShareTheThreadsOfFewRows) {
  expect(cut({1, 600000}, kImages, 2), 1, false);
  expect(cut({3, 600000}, kImages, 4), 3, false);
  expect(cut({32, 52}, kNumbers, 2), 32, false);
}
TEST(Cut, ARecurrentLayerFillsAProductsRows) { expect(cut({32, 25600}, rows_that(kMiB, kMiB, kMiB / 2, true), 2), 8, true); }
TEST(Cut, SmallRowsComeInThousands) { expect(cut({8192, 52}, kNumbers, 2), 1024, true); }
TEST(Cut, ThreadsGetPiecesAlike) {
  expect(cut({2000, 52}, kNumbers, 2), 1000, true);
  expect(cut({33, 25600}, rows_that(kMiB, kMiB, kMiB / 2, true), 2), 6, true);  // six pieces, not five
}
TEST(Cut, StepsShareTheThreadsWhereAWaveWouldIdle) {
  expect(cut({3, 600000}, kImages, 2), 3, false);
  expect(cut({5, 600000}, kImages, 2), 1, true);
  expect(cut({9, 600000}, kImages, 8), 9, false);
  expect(cut({17, 600000}, kManyWeights, 8), 17, false);
  expect(cut({32, 600000}, kImages, 16), 1, true);
}
TEST(Cut, OneThreadStillKeepsToItsCache) { expect(cut({32, 600000}, kImages, 1), 1, true); }
TEST(Cut, WhatTheCallerAsksFor) {
  expect(cut({32, 600000, 5}, kImages, 2), 5, true);
  expect(cut({32, 600000, 20}, kImages, 4), 20, false);  // two pieces would leave two threads idle
  expect(cut({32, 600000, 64}, kImages, 2), 64, false);
}
TEST(Cut, RowsThatMixAreCutAsKerasCutsThem) {
  expect(cut({70, 12}, {}, 2), 32, false);
  expect(cut({20, 12}, {}, 2), 20, false);
}
TEST(Cut, ADeviceThatAPieceFillsGetsThemInTurn) {
  expect(cut({32, 600000}, {.rows_are_local = true}, 0), 32, false);
  expect(cut({2000, 12}, {.rows_are_local = true}, 0), 1000, false);
  expect(cut({0, 0}, {}, 0), 0, false);
}

// The figures of another machine give another cut.
TEST(Cut, AsksTheMachine) {
  DeviceCosts machine = kMachine;
  machine.core.cache_bytes = 24 * kMiB;
  expect(cut_of({32, 600000}, kImages, 2, machine), 4, true);
  machine.core.nanoseconds_to_share = 1e9;
  expect(cut_of({32, 600000}, kImages, 2, machine), 32, false);
  machine.chunk.most_rows = 100;
  expect(cut_of({2000, 12}, {.rows_are_local = true}, 0, machine), 100, false);
}

}  // namespace
}  // namespace keraunos::host
