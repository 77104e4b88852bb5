#include <gtest/gtest.h>

#include "folders.h"
#include "golden/compare.h"
#include "golden/golden.h"

namespace keraunos::golden {
namespace {

Tensor one_of(DType type) { return Tensor(type, Dims{1}); }

TEST(GoldenCompare, ADtypeThatDiffersIsADifference) {
  EXPECT_EQ(type_difference(one_of(DType::float32), one_of(DType::float32)), "");
  EXPECT_EQ(type_difference(one_of(DType::int64), one_of(DType::int32)), "dtype int64, expected int32");
  EXPECT_EQ(type_difference(one_of(DType::float32), one_of(DType::float64)), "dtype float32, expected float64");
}

TEST(GoldenCompare, Bfloat16IsStoredAsFloat32) {
  EXPECT_EQ(type_difference(one_of(DType::bfloat16), one_of(DType::float32)), "");
  EXPECT_EQ(type_difference(one_of(DType::float32), one_of(DType::bfloat16)), "dtype float32, expected bfloat16");
  EXPECT_EQ(type_difference(one_of(DType::float16), one_of(DType::float32)), "dtype float16, expected float32");
}

// A case that records nothing would pass whatever a model does.
TEST(GoldenRun, ACaseWithoutCallsAndErrorFails) {
  Case golden = Case::read(cases_folder() / "add_multiply_k3");
  EXPECT_EQ(run(golden, {}).kind, Outcome::passed);
  golden.calls.clear();
  EXPECT_EQ(run(golden, {}).kind, Outcome::wrong);
}

}  // namespace
}  // namespace keraunos::golden
