// keraunos/batching.h, over recorded models.
#include <gtest/gtest.h>

#include "keraunos/keraunos.h"
#include "message_of.h"
#include "recorded.h"

namespace keraunos {
namespace {

bool independent(const char* name, const Dims& dims) {
  const Dims all[] = {dims};
  return rows_are_independent(Recorded(name).load(), all);
}

TEST(RowsAreIndependent, AsTheModelSays) {
  EXPECT_TRUE(independent("doc_example_k3", {1, 3}));
  EXPECT_TRUE(independent("doc_example_k3", {9, 3}));
  EXPECT_FALSE(independent("topology_rows_mix_k3", {9, 3}));
  const Recorded stateful("stateful_lstm_k3");
  const Dims dims[] = {stateful.arrays()[0].second.dims()};
  EXPECT_FALSE(rows_are_independent(stateful.load(), dims));
}

TEST(RowsAreIndependent, RefusesDimsThatDoNotFit) {
  EXPECT_EQ(message_of<UsageError>([] {
              static_cast<void>(independent("doc_example_k3", {1, 4}));
            }).substr(0, 59),
            "input \"input_layer\" expects (None, 3) float32, found (1, 4)");
}

}  // namespace
}  // namespace keraunos
