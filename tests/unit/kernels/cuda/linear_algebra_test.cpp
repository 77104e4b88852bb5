// Factors, inverses and solutions on the CPU and on the CUDA device, checked by what defines them: products of the factors are x
// again, and vectors are orthonormal.
#include "unit/kernels/cuda/linear_algebra.h"

namespace keraunos::cuda::tests {
namespace {

using host::LinearAlgebra;

TEST(LinearAlgebraSteps, Cholesky) {
  for_devices_and_types([](const Under& under) {
    for (const auto& [batch, n] : kSquares) {
      MatrixProblem p(under);
      const Value x = p.definite(batch, n), lower = p.add(LinearAlgebra::cholesky, {x})[0];
      p.run();
      for (int64_t i = 0; i < batch; ++i) {
        const Matrix l = p.matrix(lower, i);
        l.expect_triangular(true);
        expect_near(l * l.transposed(), p.matrix(x, i), under.tolerance(n));
      }
      EXPECT_EQ(p.error().raised, 0);
    }
  });
}

TEST(LinearAlgebraSteps, LowerUpper) {
  for_devices_and_types([](const Under& under) {
    for (const auto& [batch, n] : kSquares) {
      MatrixProblem p(under);
      const Value x = p.any(batch, n, n);
      const auto parts = p.add(LinearAlgebra::lower_upper, {x});
      p.run();
      for (int64_t i = 0; i < batch; ++i) {
        const Matrix both = p.matrix(parts[0], i), found = both.unit_lower() * both.upper(), from = p.matrix(x, i);
        for (int64_t row = 0; row < n; ++row) {
          const auto place = static_cast<int64_t>(p.number(parts[1], i * n + row));
          for (int64_t column = 0; column < n; ++column)
            ASSERT_NEAR(found.at(row, column), from.at(place, column), under.tolerance(n)) << under.name;
        }
      }
    }
  });
}

TEST(LinearAlgebraSteps, OrthogonalOfEveryShape) {
  for_devices_and_types([](const Under& under) {
    for (const auto& [batch, m, n] : kRectangles) {
      for (const bool full : {false, true}) {
        MatrixProblem p(under);
        const Value x = p.any(batch, m, n);
        const auto parts = p.add(full ? LinearAlgebra::orthogonal_full : LinearAlgebra::orthogonal, {x});
        p.run();
        for (int64_t i = 0; i < batch; ++i) {
          const Matrix q = p.matrix(parts[0], i), r = p.matrix(parts[1], i);
          EXPECT_EQ(q.columns, full ? m : std::min(m, n));
          r.expect_triangular(false);
          expect_near(q.transposed() * q, Matrix::identity(q.columns), under.tolerance(m));
          expect_near(q * r, p.matrix(x, i), under.tolerance(m));
        }
      }
    }
  });
}

TEST(LinearAlgebraSteps, EigenvectorsOfTheLowerTriangle) {
  for_devices_and_types([](const Under& under) {
    for (const auto& [batch, n] : kSquares) {
      MatrixProblem p(under);
      const Value x = p.any(batch, n, n), alone = p.add(LinearAlgebra::eigenvalues, {x})[0];
      const auto parts = p.add(LinearAlgebra::eigenvectors, {x});
      p.run();
      for (int64_t i = 0; i < batch; ++i) {
        const Matrix v = p.matrix(parts[1], i);
        const std::vector<double> values = p.row(parts[0], i), without = p.row(alone, i);
        EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
        for (size_t k = 0; k < values.size(); ++k) EXPECT_NEAR(values[k], without[k], under.tolerance(n));
        expect_near(v.transposed() * v, Matrix::identity(n), under.tolerance(n));
        expect_near(v.scaled(values) * v.transposed(), p.matrix(x, i).mirrored(), under.tolerance(n));
      }
    }
  });
}

TEST(LinearAlgebraSteps, SingularVectorsOfEveryShape) {
  for_devices_and_types([](const Under& under) {
    for (const auto& [batch, m, n] : kRectangles) {
      for (const bool full : {false, true}) {
        MatrixProblem p(under);
        const Value x = p.any(batch, m, n), alone = p.add(LinearAlgebra::singular_values, {x})[0];
        const auto parts = p.add(full ? LinearAlgebra::singular_vectors_full : LinearAlgebra::singular_vectors, {x});
        p.run();
        for (int64_t i = 0; i < batch; ++i) {
          const std::vector<double> values = p.row(parts[0], i), without = p.row(alone, i);
          const Matrix u = p.matrix(parts[1], i), vt = p.matrix(parts[2], i);
          EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
          for (size_t k = 0; k < values.size(); ++k) EXPECT_NEAR(values[k], without[k], under.tolerance(m));
          expect_near(u.transposed() * u, Matrix::identity(u.columns), under.tolerance(m));
          expect_near(vt * vt.transposed(), Matrix::identity(vt.rows), under.tolerance(m));
          const auto k = static_cast<int64_t>(values.size());
          expect_near(u.first_columns(k).scaled(values) * vt.first_rows(k), p.matrix(x, i), under.tolerance(m));
        }
      }
    }
  });
}

TEST(LinearAlgebraSteps, InversesAndDeterminants) {
  for_devices_and_types([](const Under& under) {
    for (const auto& [batch, n] : kSquares) {
      MatrixProblem p(under);
      const Value x = p.definite(batch, n), any = p.regular(batch, n), inverse = p.add(LinearAlgebra::inverse, {any})[0];
      const auto parts = p.add(LinearAlgebra::determinant, {x});
      const Value lower = p.add(LinearAlgebra::cholesky, {x})[0];
      p.run();
      for (int64_t i = 0; i < batch; ++i) {
        expect_near(p.matrix(inverse, i) * p.matrix(any, i), Matrix::identity(n), under.tolerance(n));
        double expected = 0;
        for (int64_t k = 0; k < n; ++k) expected += 2 * std::log(p.matrix(lower, i).at(k, k));
        EXPECT_EQ(p.number(parts[0], i), 1);
        EXPECT_NEAR(p.number(parts[1], i), expected, under.tolerance(n) * 10);
      }
    }
  });
}

TEST(LinearAlgebraSteps, EverySolution) {
  for_devices_and_types([](const Under& under) {
    for (const auto& [batch, n] : kSquares) {
      for (const int64_t columns : {int64_t{1}, int64_t{3}}) {
        MatrixProblem p(under);
        const Value x = p.regular(batch, n), y = p.any(batch, n, columns);
        const auto solution = [&](LinearAlgebra::Task task) { return p.add(task, {x, y})[0]; };
        const Value plain = solution(LinearAlgebra::solve), turned = solution(LinearAlgebra::solve_transposed);
        const Value lower = solution(LinearAlgebra::solve_lower), upper = solution(LinearAlgebra::solve_upper);
        const Value lower_turned = solution(LinearAlgebra::solve_lower_transposed);
        const Value upper_turned = solution(LinearAlgebra::solve_upper_transposed);
        p.run();
        for (int64_t i = 0; i < batch; ++i) {
          const Matrix a = p.matrix(x, i), b = p.matrix(y, i), l = a.lower(), u = a.upper();
          expect_near(a * p.matrix(plain, i), b, under.tolerance(n));
          expect_near(a.transposed() * p.matrix(turned, i), b, under.tolerance(n));
          expect_near(l * p.matrix(lower, i), b, under.tolerance(n));
          expect_near(u * p.matrix(upper, i), b, under.tolerance(n));
          expect_near(l.transposed() * p.matrix(lower_turned, i), b, under.tolerance(n));
          expect_near(u.transposed() * p.matrix(upper_turned, i), b, under.tolerance(n));
        }
      }
    }
  });
}

// The sign of a permutation, and of a matrix that is not symmetric.
TEST(LinearAlgebraSteps, SignsOfDeterminants) {
  for_devices_and_types([](const Under& under) {
    MatrixProblem p(under);
    const Value x = p.put({3, 3, 3}, {0, 1, 0, 1, 0, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 10, 1, 2, 3, 2, 4, 6, 0, 0, 1});
    const auto parts = p.add(LinearAlgebra::determinant, {x});
    p.run();
    const double signs[] = {-1, -1, 0}, sizes[] = {2, 3, 0};
    for (int64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(p.number(parts[0], i), signs[i]) << under.name;
      EXPECT_NEAR(std::exp(p.number(parts[1], i)), sizes[i], 1e-5) << under.name;
    }
    EXPECT_EQ(p.error().raised, 0);
  });
}

}  // namespace
}  // namespace keraunos::cuda::tests
