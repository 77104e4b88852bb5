// Inputs of several slices (host/run/stage.h): every row arrives, also with another dtype, and where a batch is padded to a round
// number of rows.
#include <gtest/gtest.h>

#include <vector>

#include "recorded.h"

namespace keraunos {
namespace {

constexpr int64_t kRows = 180'001, kFeatures = 3;  // 2.2 MB, two slices; padded to 180,032 rows on a GPU

/// The CPU uses inputs in place, or converts them at once.
template <class T>
void expect_what_the_cpu_gives(int calls) {
  const Recorded recorded("doc_example_k3");
  const Model model = recorded.load(2),
              reference = load_model(case_folder("doc_example_k3") / "model.keras", {.device = Device{}});
  std::vector<T> rows(static_cast<size_t>(kRows * kFeatures));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<T>(i * 2654435761u % 251);
  const TensorView all{rows, {kRows, kFeatures}};
  const Tensor expected = reference.predict(all);
  for (int call = 0; call < calls; ++call) {
    const Tensor found = model.predict(all, {.batch_size = kRows});
    ASSERT_EQ(found.dims(), expected.dims());
    for (size_t i = 0; i < found.values<float>().size(); ++i)
      ASSERT_NEAR(found.values<float>()[i], expected.values<float>()[i], 1e-5) << i;
  }
}

TEST(LargeCalls, EveryRowArrives) { expect_what_the_cpu_gives<float>(3); }  // direct, recorded, replayed
TEST(LargeCalls, EveryRowOfBytesArrives) { expect_what_the_cpu_gives<uint8_t>(1); }
TEST(LargeCalls, EveryRowOfDoublesArrives) { expect_what_the_cpu_gives<double>(1); }

}  // namespace
}  // namespace keraunos
