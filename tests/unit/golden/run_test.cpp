#include <gtest/gtest.h>

#include "altered.h"
#include "folders.h"
#include "golden/compare.h"
#include "golden/golden.h"
#include "loader/files/npy.h"

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

// A case that records nothing would pass for any model.
TEST(GoldenRun, ACaseWithoutCallsAndErrorFails) {
  Case golden = Case::read(cases_folder() / "add_multiply_k3");
  EXPECT_EQ(run(golden, {}).kind, Outcome::passed);
  golden.calls.clear();
  EXPECT_EQ(run(golden, {}).kind, Outcome::wrong);
}

// `keraunos verify --max-bytes` limits the case itself and the arrays of its calls.
TEST(GoldenRun, ReadsNoMoreThanTheLimit) {
  const std::filesystem::path folder = cases_folder() / "add_multiply_k3";
  EXPECT_THROW(Case::read(folder, 10), ModelError);
  const Folder own;
  Case golden = Case::read(folder);
  golden.calls[0].outputs = own.path() / "outputs.npz";
  const Tensor large(DType::float32, Dims{1 << 20});
  files::write_npz(golden.calls[0].outputs.string(), NamedViews{{"y", large}});
  const Outcome outcome = run(golden, {.max_bytes = 1 << 20});
  EXPECT_EQ(outcome.kind, Outcome::refused);
  EXPECT_NE(outcome.message.find("limit of 1048576 bytes"), std::string::npos) << outcome.message;
}

}  // namespace
}  // namespace keraunos::golden
