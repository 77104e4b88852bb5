// Matrices without a result, and matrices without elements.
#include "unit/kernels/cuda/linear_algebra.h"

namespace keraunos::cuda::tests {
namespace {

using host::LinearAlgebra;

const double kNan = std::nan(""), kInfinite = HUGE_VAL;
// Two matrices (2, 2): the second is singular, not positive definite, or not finite.
const std::vector<double> kSingular{2, 1, 1, 3, 1, 2, 2, 4}, kNotDefinite{2, 1, 1, 3, 1, 2, 2, 1};
const std::vector<double> kNotFinite{2, 1, 1, 3, 1, 2, kNan, 4}, kBeyond{2, 1, 1, 3, 1, 2, kInfinite, 4};

TEST(LinearAlgebraFaults, TheErrorWordNamesTheMatrix) {
  for_devices_and_types([](const Under& under) {
    const auto raises = [&](LinearAlgebra::Task task, const std::vector<double>& numbers) {
      MatrixProblem p(under);
      std::vector<Value> in{p.put({2, 2, 2}, numbers)};
      if (task >= LinearAlgebra::solve) in.push_back(p.put({2, 2, 1}, {1, 2, 3, 4}));
      p.add(task, in);
      p.run();
      EXPECT_EQ(p.error().raised, 1) << under.name << ", task " << int{task};
      EXPECT_EQ(p.error().found, 1) << under.name << ", task " << int{task};
    };
    for (const auto task :
         {LinearAlgebra::inverse, LinearAlgebra::lower_upper, LinearAlgebra::solve, LinearAlgebra::solve_transposed}) {
      raises(task, kSingular);
      raises(task, kNotFinite);
      raises(task, kBeyond);
    }
    raises(LinearAlgebra::cholesky_or_fault, kNotDefinite);
    raises(LinearAlgebra::cholesky_or_fault, kNotFinite);
    raises(LinearAlgebra::eigenvalues, kNotFinite);
    raises(LinearAlgebra::eigenvectors, kBeyond);
  });
}

TEST(LinearAlgebraFaults, OneSingularMatrixAlone) {
  for_devices_and_types([](const Under& under) {
    MatrixProblem p(under);
    p.add(LinearAlgebra::inverse, {p.put({2, 2}, {1, 2, 2, 4})});
    p.run();
    EXPECT_EQ(p.error().raised, 1) << under.name;
    EXPECT_EQ(p.error().found, 0) << under.name;
  });
}

TEST(LinearAlgebraFaults, NanWhereTensorFlowGivesNan) {
  for_devices_and_types([](const Under& under) {
    for (const std::vector<double>& numbers : {kNotDefinite, kNotFinite}) {
      MatrixProblem p(under);
      const Value lower = p.add(LinearAlgebra::cholesky, {p.put({2, 2, 2}, numbers)})[0];
      p.run();
      EXPECT_NEAR(p.number(lower, 0), std::sqrt(2.0), 1e-6) << under.name;
      EXPECT_EQ(p.number(lower, 5), 0) << under.name;
      for (const int64_t i : {4, 6, 7}) EXPECT_TRUE(std::isnan(p.number(lower, i))) << under.name;
      EXPECT_EQ(p.error().raised, 0);
    }
    for (const std::vector<double>& numbers : {kNotFinite, kBeyond}) {
      MatrixProblem p(under);
      const auto parts = p.add(LinearAlgebra::singular_vectors, {p.put({2, 2, 2}, numbers)});
      p.run();
      for (size_t result = 0; result < 3; ++result) {
        const int64_t half = result == 0 ? 2 : 4;
        for (int64_t i = 0; i < 2 * half; ++i)
          EXPECT_EQ(std::isnan(p.number(parts[result], i)), i >= half) << under.name << ", result " << result;
      }
      EXPECT_EQ(p.error().raised, 0);
    }
  });
}

TEST(LinearAlgebraFaults, DeterminantsAreNanOnlyForNan) {
  for_devices_and_types([](const Under& under) {
    MatrixProblem p(under);
    const auto nan = p.add(LinearAlgebra::determinant, {p.put({2, 2, 2}, kNotFinite)});
    const auto infinite = p.add(LinearAlgebra::determinant, {p.put({1, 2, 2}, {kInfinite, 0, 0, 1})});
    p.run();
    EXPECT_EQ(p.number(nan[0], 0), 1) << under.name;
    EXPECT_TRUE(std::isnan(p.number(nan[0], 1)) && std::isnan(p.number(nan[1], 1))) << under.name;
    EXPECT_EQ(p.number(infinite[0], 0), 1) << under.name;
    EXPECT_EQ(p.number(infinite[1], 0), kInfinite) << under.name;
    EXPECT_EQ(p.error().raised, 0);
  });
}

TEST(LinearAlgebraFaults, AZeroOnTheDiagonalOfATriangleIsNoFault) {
  for_devices_and_types([](const Under& under) {
    MatrixProblem p(under);
    const Value y = p.add(LinearAlgebra::solve_lower, {p.put({2, 2}, {0, 9, 1, 1}), p.put({2, 1}, {1, 1})})[0];
    p.run();
    EXPECT_FALSE(std::isfinite(p.number(y, 0))) << under.name;
    EXPECT_EQ(p.error().raised, 0) << under.name;
  });
}

TEST(LinearAlgebraFaults, MatricesWithoutElements) {
  for_devices_and_types([](const Under& under) {
    MatrixProblem p(under);
    const Value none = p.any(2, 0, 0), rows = p.any(2, 3, 0), columns = p.any(2, 0, 3), batch = p.any(0, 3, 3);
    const auto q = p.add(LinearAlgebra::orthogonal_full, {rows});
    const auto svd = p.add(LinearAlgebra::singular_vectors_full, {columns});
    const auto determinant = p.add(LinearAlgebra::determinant, {none});
    for (const auto task :
         {LinearAlgebra::cholesky, LinearAlgebra::inverse, LinearAlgebra::lower_upper, LinearAlgebra::eigenvectors})
      p.add(task, {none}), p.add(task, {batch});
    p.add(LinearAlgebra::solve, {p.any(2, 3, 3), p.any(2, 3, 0)});
    p.add(LinearAlgebra::solve_upper, {none, p.any(2, 0, 4)});
    p.run();
    for (int64_t i = 0; i < 2; ++i) {
      expect_near(p.matrix(q[0], i), Matrix::identity(3), 0);
      expect_near(p.matrix(svd[2], i), Matrix::identity(3), 0);
      EXPECT_EQ(p.number(determinant[0], i), 1) << under.name;
      EXPECT_EQ(p.number(determinant[1], i), 0) << under.name;
    }
    EXPECT_EQ(p.error().raised, 0);
  });
}

}  // namespace
}  // namespace keraunos::cuda::tests
