// Every float function against the same function in double: all magnitudes, denormals, infinities and NaN.
#include "kernels/math/functions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace keraunos::math {
namespace {

// Distance from the exact value in units of the last place of a float near it.
double ulps(float found, double exact) {
  if (std::isnan(exact)) return std::isnan(found) ? 0 : 1e30;
  const auto rounded = static_cast<float>(exact);
  if (std::isinf(rounded) || rounded == 0) {
    const bool close = found == rounded || (std::isinf(rounded) && std::abs(static_cast<double>(found)) > 3.4e38) ||
                       (rounded == 0 && std::abs(found) < 3e-45f);
    return close ? 0 : 1e30;
  }
  const double unit = std::max(std::ldexp(1.0, std::ilogb(rounded) - 23), std::ldexp(1.0, -149));
  return std::abs(static_cast<double>(found) - exact) / unit;
}

// Both signs, every binade with odd mantissas, a fine grid near zero, and the special values.
std::vector<float> arguments() {
  std::vector<float> values{0.0f,
                            -0.0f,
                            1.0f,
                            -1.0f,
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN(),
                            1e-45f,
                            -1e-45f,
                            1e-40f,
                            3.4028235e38f,
                            -3.4028235e38f};
  for (int exponent = -149; exponent < 128; ++exponent) {
    for (int k = 0; k < 64; ++k) {
      const auto v = static_cast<float>(std::ldexp(1.0 + k * 0.0156173, exponent));
      values.push_back(v), values.push_back(-v);
    }
  }
  for (int i = -120000; i <= 120000; ++i) values.push_back(static_cast<float>(i) * 0.00097f);
  return values;
}

struct Worst {
  double ulps = 0;
  float at = 0;
};

template <Function F>
Worst worst(double from, double to, double immediate = 0) {
  Worst result;
  for (float x : arguments()) {
    if (!std::isnan(x) && (x < from || x > to)) continue;
    const float found = compute<F>(x, 0.0f, immediate);
    const double exact = compute<F>(static_cast<double>(x), 0.0, immediate);
    const double error = ulps(found, exact);
    if (error > result.ulps) result = {error, x};
  }
  return result;
}

constexpr double kAll = std::numeric_limits<double>::infinity();

#define EXPECT_ULPS(bound, ...)                                     \
  do {                                                              \
    const Worst w = __VA_ARGS__;                                    \
    EXPECT_LE(w.ulps, bound) << #__VA_ARGS__ << " at x = " << w.at; \
  } while (false)

using enum Function;

TEST(FloatFunctions, ExponentialsAndLogarithms) {
  EXPECT_ULPS(1.1, worst<exp>(-kAll, kAll));
  EXPECT_ULPS(1.5, worst<expm1>(-kAll, kAll));
  EXPECT_ULPS(1.1, worst<log>(-kAll, kAll));
  EXPECT_ULPS(1.8, worst<log1p>(-kAll, kAll));
}

TEST(FloatFunctions, Activations) {
  EXPECT_ULPS(2.5, worst<tanh>(-kAll, kAll));
  EXPECT_ULPS(2.5, worst<sigmoid>(-87, kAll));
  EXPECT_ULPS(3.0, worst<silu>(-80, kAll));
  EXPECT_ULPS(2.5, worst<softplus>(-87, kAll));
  EXPECT_ULPS(2.5, worst<log_sigmoid>(-kAll, 87));
  EXPECT_ULPS(4.0, worst<mish>(-80, kAll));
  EXPECT_ULPS(2.0, worst<elu>(-kAll, kAll, 1.5));
  EXPECT_ULPS(2.5, worst<selu>(-kAll, kAll));
  EXPECT_ULPS(2.5, worst<celu>(-kAll, kAll, 0.75));
  EXPECT_ULPS(1.5, worst<softsign>(-1e30, 1e30));
  EXPECT_ULPS(1.5, worst<leaky_relu>(-kAll, kAll, 0.3));
  EXPECT_ULPS(1.0, worst<hard_sigmoid>(-1, kAll, 0.2));
}

// Below 1e-38 a float has fewer bits than a unit in the last place counts.
TEST(FloatFunctions, SigmoidAtItsEnds) {
  for (const double x : {-88.0, -95.0, -100.0, -103.0})
    EXPECT_NEAR(math::sigmoid(static_cast<float>(x)), 1 / (1 + std::exp(-x)), 2e-45) << x;
  EXPECT_EQ(math::sigmoid(-kInfinity), 0);
  EXPECT_EQ(math::sigmoid(kInfinity), 1);
  EXPECT_TRUE(std::isnan(math::sigmoid(kNaN)));
  EXPECT_TRUE(std::signbit(math::tanh(-0.0f)));
  EXPECT_EQ(math::tanh(-kInfinity), -1);
}

TEST(FloatFunctions, ErrorFunctions) {
  EXPECT_ULPS(2.0, worst<erf>(-kAll, kAll));
  EXPECT_ULPS(4.0, worst<erfc>(-kAll, 1));
  EXPECT_ULPS(80.0, worst<erfc>(1, 9));  // exp(-z²) magnifies the rounding of z²
  EXPECT_ULPS(4.0, worst<gelu>(-1, kAll));
  EXPECT_ULPS(90.0, worst<gelu>(-8, -1));
  EXPECT_ULPS(40.0, worst<gelu_tanh>(-5, 1e12));
}

TEST(FloatFunctions, RoundingAndRoots) {
  EXPECT_ULPS(0.5, worst<Function::floor>(-kAll, kAll));
  EXPECT_ULPS(0.5, worst<Function::ceil>(-kAll, kAll));
  EXPECT_ULPS(0.5, worst<round_even>(-kAll, kAll));
  EXPECT_ULPS(0.5, worst<Function::sqrt>(0, kAll));
  EXPECT_ULPS(1.5, worst<rsqrt>(0, kAll));
  EXPECT_ULPS(0.5, worst<reciprocal>(-kAll, kAll));
}

TEST(FloatFunctions, KeepNaNAndInfinities) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan((compute<exp>(nan, 0.0f, 0))) && std::isnan((compute<tanh>(nan, 0.0f, 0))));
  EXPECT_TRUE(std::isnan((compute<relu>(nan, 0.0f, 0))) && std::isnan((compute<elu>(nan, 0.0f, 1))));
  EXPECT_TRUE(std::isnan((compute<maximum>(nan, 1.0f, 0))) && std::isnan((compute<maximum>(1.0f, nan, 0))));
  EXPECT_EQ((compute<exp>(infinity, 0.0f, 0)), infinity);
  EXPECT_EQ((compute<exp>(-infinity, 0.0f, 0)), 0.0f);
  EXPECT_EQ((compute<log>(0.0f, 0.0f, 0)), -infinity);
  EXPECT_TRUE(std::isnan((compute<log>(-1.0f, 0.0f, 0))));
  EXPECT_TRUE(std::signbit(compute<tanh>(-0.0f, 0.0f, 0)) && std::signbit(compute<expm1>(-0.0f, 0.0f, 0)));
}

TEST(IntegerFunctions, DivideAsPythonAndNeverTrap) {
  EXPECT_EQ((compute<floor_divide>(int64_t{-7}, int64_t{2}, 0)), -4);
  EXPECT_EQ((compute<floor_mod>(int64_t{-7}, int64_t{2}, 0)), 1);
  EXPECT_EQ((compute<trunc_mod>(int64_t{-7}, int64_t{2}, 0)), -1);
  EXPECT_EQ((compute<floor_divide>(int64_t{7}, int64_t{0}, 0)), 0);
  EXPECT_EQ((compute<divide>(INT64_MIN, int64_t{-1}, 0)), INT64_MIN);
  EXPECT_EQ((compute<floor_mod>(INT64_MIN, int64_t{-1}, 0)), 0);
  EXPECT_EQ((compute<power>(int64_t{3}, int64_t{5}, 0)), 243);
  EXPECT_EQ((compute<power>(int64_t{2}, int64_t{-1}, 0)), 0);
  EXPECT_EQ((compute<add>(INT64_MAX, int64_t{1}, 0)), INT64_MIN);
  EXPECT_EQ(to_integer(1e30), INT64_MAX);
  EXPECT_EQ(to_integer(-2.9f), -2);
  EXPECT_EQ(to_integer(std::numeric_limits<float>::quiet_NaN()), 0);
}

TEST(FloatFunctions, FloorModTakesTheDivisorsSign) {
  EXPECT_FLOAT_EQ((compute<floor_mod>(-7.5f, 2.0f, 0)), 0.5f);
  EXPECT_FLOAT_EQ((compute<floor_mod>(7.5f, -2.0f, 0)), -0.5f);
  EXPECT_FLOAT_EQ((compute<trunc_mod>(-7.5f, 2.0f, 0)), -1.5f);
}

}  // namespace
}  // namespace keraunos::math
