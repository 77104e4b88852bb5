// Inputs of several slices (host/run/stage.h): every row arrives, also of another dtype, and where a batch is filled up to a round number.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "host/run/stage.h"
#include "recorded.h"

namespace keraunos {
namespace {

constexpr int64_t kRows = 480'001, kFeatures = 3;  // 5.8 MB

template <class T>
std::vector<T> rows_of_numbers() {
  std::vector<T> rows(static_cast<size_t>(kRows * kFeatures));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<T>(i * 2654435761u % 251);
  return rows;
}

template <class T>
void expect_each_row_as_in_small_batches() {
  static_assert(kRows * kFeatures * 4 > 5 * host::kManyBytes);
  const Model model = Recorded("doc_example_k3").load(2);
  const std::vector<T> rows = rows_of_numbers<T>();
  const TensorView all{rows, {kRows, kFeatures}};
  const Tensor small = model.predict(all, {.batch_size = 4096});
  for (int call = 0; call < 3; ++call) {  // as it is, recorded, replayed
    const Tensor large = model.predict(all, {.batch_size = kRows});
    ASSERT_EQ(large.dims(), small.dims());
    for (size_t i = 0; i < large.values<float>().size(); ++i) ASSERT_NEAR(large.values<float>()[i], small.values<float>()[i], 1e-6) << i;
  }
}

TEST(LargeCalls, EveryRowArrives) { expect_each_row_as_in_small_batches<float>(); }
TEST(LargeCalls, EveryRowOfBytesArrives) { expect_each_row_as_in_small_batches<uint8_t>(); }
TEST(LargeCalls, EveryRowOfDoublesArrives) { expect_each_row_as_in_small_batches<double>(); }

}  // namespace
}  // namespace keraunos
