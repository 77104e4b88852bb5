// The choice among the algorithms that cuBLASLt's heuristic offered on an H200 (ids, splits and order as recorded).
#include "kernels/cuda/cublaslt/preference.h"

#include <gtest/gtest.h>

namespace keraunos::cuda::library_tests {
namespace {

size_t choice(std::initializer_list<Candidate> candidates, const MatMulProblem& problem) {
  return preferred(std::span(candidates.begin(), candidates.size()), problem);
}

TEST(Preference, IsTheHeuristicsWhereNothingSpeaksAgainstIt) {
  EXPECT_EQ(
      choice({{43, 1}, {43, -1}, {21, 1}}, {.rows = 25088, .columns = 128, .inner = 512, .epilogue = MatMulProblem::relu_bias}),
      0u);
  EXPECT_EQ(choice({{21, 16}, {21, 9}, {21, 1}}, {.rows = 49, .columns = 320, .inner = 960, .epilogue = MatMulProblem::bias}),
            0u);
  EXPECT_EQ(choice({{21, 1}, {43, 1}}, {.rows = 100352, .columns = 144, .inner = 24, .epilogue = MatMulProblem::bias}), 0u);
}

TEST(Preference, LargeResidualsAreAddedInOneKernel) {
  const MatMulProblem residual{.rows = 100352, .columns = 256, .inner = 64, .epilogue = MatMulProblem::relu_bias, .add_c = true};
  EXPECT_EQ(choice({{21, 1}, {43, -1}, {43, 1}}, residual), 1u);
  EXPECT_EQ(choice({{21, 1}, {20, 1}}, residual), 0u);  // no algorithm does
}

TEST(Preference, ShortSumsAreNotSplit) {
  const MatMulProblem p{.rows = 49, .columns = 1280, .inner = 320, .epilogue = MatMulProblem::bias};
  EXPECT_EQ(choice({{21, 5}, {21, 5}, {21, 4}, {21, 4}, {21, 1}, {23, 4}}, p), 4u);
  EXPECT_EQ(choice({{21, 5}, {21, 4}}, p), 0u);
}

TEST(Preference, OfBothTheSecondKernelCostsMore) {
  const MatMulProblem p{.rows = 100352, .columns = 256, .inner = 64, .epilogue = MatMulProblem::relu_bias, .add_c = true};
  EXPECT_EQ(choice({{21, 1}, {43, 2}}, p), 1u);
  EXPECT_EQ(choice({{21, 1}, {43, 2}, {43, 1}}, p), 2u);
}

}  // namespace
}  // namespace keraunos::cuda::library_tests
