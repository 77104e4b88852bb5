// Every float function against the same function in double: all magnitudes, denormals, infinities and NaN.
#include "kernels/math/functions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace keraunos::math {
namespace {

// The distance from the exact value, in units in the last place of the float nearest to it.
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

// Below 1e-38 a float has fewer bits, so the distance in units in the last place is not meaningful.
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

struct Known {
  double x, value;
};

template <Function F>
void expect_known(const std::vector<Known>& all, double tolerance = 1e-14) {
  for (const Known& known : all) {
    const double found = compute<F>(known.x, 0.0, 0);
    EXPECT_NEAR(found, known.value, tolerance * std::abs(known.value)) << host::row_of(F).name << " at x = " << known.x;
    EXPECT_EQ((compute<F>(static_cast<float>(known.x), 0.0f, 0)),
              static_cast<float>(compute<F>(double{static_cast<float>(known.x)}, 0.0, 0)));
  }
}

// Values of SciPy 1.17.
TEST(SpecialFunctions, KnownValues) {
  expect_known<erfinv>({{0.5, 0.47693627620446988},
                        {-0.999, -2.3267537655135242},
                        {1e-10, 8.8622692545275808e-11},
                        {0.84, 0.99353562834730413},
                        {0.86, 1.043541843639759},
                        {0.9999999999999999, 5.8635847487551676}});
  expect_known<digamma>(
      {{-1.5, 0.70315664064524341}, {0.1, -10.423754940411076}, {12.5, 2.4851956512749123}, {1e9, 20.723265836446412}});
  expect_known<bessel_i0>({{3, 4.8807925858650236}, {-29.9, 708478330489.01465}, {30.5, 1278062138712.5664}});
  expect_known<bessel_i0e>({{100, 0.03994437929909668}, {700, 0.015081295651531355}});
  expect_known<bessel_i1>({{-3, -3.9533702174026093}, {0.001, 0.00050000006250000258}, {31, 2055972795294.5649}});
  expect_known<bessel_i1e>({{-250, -0.025193430757117306}, {29, 0.073113117939388364}});
  expect_known<log_gamma>({{-2.5, -0.056243716497674012}, {0.25, 1.2880225246980774}, {171, 706.57306224578747}});
}

TEST(SpecialFunctions, EndsAndPoles) {
  EXPECT_EQ((compute<erfinv>(1.0, 0.0, 0)), kInfinity);
  EXPECT_EQ((compute<erfinv>(-1.0f, 0.0f, 0)), -kInfinity);
  EXPECT_TRUE(std::isnan(compute<erfinv>(1.5, 0.0, 0)) && std::isnan(compute<erfinv>(kNaN, 0.0f, 0)));
  EXPECT_TRUE(std::isnan(compute<digamma>(0.0, 0.0, 0)) && std::isnan(compute<digamma>(-3.0, 0.0, 0)));
  EXPECT_EQ((compute<log_gamma>(-2.0, 0.0, 0)), kInfinity);
  EXPECT_EQ((compute<bessel_i0>(0.0, 0.0, 0)), 1);
  EXPECT_EQ((compute<bessel_i0>(200.0f, 0.0f, 0)), kInfinity);
  EXPECT_TRUE((compute<sign_bit>(-0.0f, 0.0f, 0)) && (compute<sign_bit>(-0.0, 0.0, 0)) &&
              (compute<sign_bit>(int64_t{-1}, int64_t{0}, 0)));
  EXPECT_EQ((compute<next_after>(1.0f, 2.0f, 0)), std::nextafter(1.0f, 2.0f));
}

TEST(IntegerFunctions, BitsAndDivisorsOf64Bits) {
  constexpr int64_t kHigh = int64_t{1} << 62;
  EXPECT_EQ((compute<bitwise_and>(kHigh + 5, kHigh + 3, 0)), kHigh + 1);
  EXPECT_EQ((compute<bitwise_or>(kHigh + 5, int64_t{3}, 0)), kHigh + 7);
  EXPECT_EQ((compute<bitwise_xor>(int64_t{-1}, kHigh, 0)), -1 - kHigh);
  EXPECT_EQ((compute<shift_left>(int64_t{3}, int64_t{62}, 0)), INT64_MIN + kHigh);
  EXPECT_EQ((compute<shift_left>(int64_t{1}, int64_t{100}, 0)), INT64_MIN);
  EXPECT_EQ((compute<shift_right>(int64_t{-5}, int64_t{1}, 0)), -3);
  EXPECT_EQ((compute<shift_right>(int64_t{-5}, int64_t{-1}, 0)), -5);
  EXPECT_EQ((compute<gcd>(kHigh, kHigh / 2 * 3, 0)), kHigh / 2);
  EXPECT_EQ((compute<gcd>(int64_t{0}, int64_t{0}, 0)), 0);
  EXPECT_EQ((compute<lcm>(int64_t{4}, int64_t{6}, 0)), 12);
  EXPECT_EQ((compute<lcm>(int64_t{4}, int64_t{0}, 0)), 0);
  EXPECT_EQ((compute<lcm>(int64_t{-1}, int64_t{1}, 0)), -1) << "2^64 - 1, read as unsigned";
}

TEST(FloatFunctions, FloorModTakesTheDivisorsSign) {
  EXPECT_FLOAT_EQ((compute<floor_mod>(-7.5f, 2.0f, 0)), 0.5f);
  EXPECT_FLOAT_EQ((compute<floor_mod>(7.5f, -2.0f, 0)), -0.5f);
  EXPECT_FLOAT_EQ((compute<trunc_mod>(-7.5f, 2.0f, 0)), -1.5f);
}

}  // namespace
}  // namespace keraunos::math
