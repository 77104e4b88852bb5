// The scalar evaluator, its compile-time twin, 16-bit conversions and broadcast strides.
#include "kernels/math/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/math/flatten.h"

namespace keraunos::math {
namespace {

// relu(a · b + cast(n)), in float16 at the end.
constexpr Code make_code() {
  Code code;
  code.inputs = 3, code.steps = 5;
  constexpr DType kTypes[] = {DType::float32, DType::float32, DType::int8,    DType::float32,
                              DType::float32, DType::float32, DType::float32, DType::float16};
  for (int i = 0; i < 8; ++i) code.types[i] = kTypes[i];
  code.step[0] = {.function = Function::multiply, .a = 0, .b = 1};
  code.step[1] = {.function = Function::cast, .a = 2};
  code.step[2] = {.function = Function::add, .a = 3, .b = 4};
  code.step[3] = {.function = Function::relu, .a = 5};
  code.step[4] = {.function = Function::cast, .a = 6};
  return code;
}
constexpr Code kCode = make_code();

TEST(Evaluate, FixedAndInterpretedProgramsAgreeWithArithmetic) {
  for (const auto& [a, b, n, expected] :
       {std::tuple{2.0f, 3.0f, 4, 10.0f}, {1.0f, -3.0f, 2, 0.0f}, {0.1f, 1.0f, 0, 0.0999755859375f}}) {
    const auto load = [&](int i) {
      Word word{};
      if (i == 2)
        word.integer = n;
      else
        word.single = i == 0 ? a : b;
      return word;
    };
    EXPECT_EQ(evaluate(kCode, load).single, expected);
    EXPECT_EQ(evaluate_fixed<kCode>(load).single, expected);
  }
}

TEST(Evaluate, ConstantsTakeTheirType) {
  EXPECT_EQ(constant_word(300, DType::uint8).integer, 44);
  EXPECT_EQ(constant_word(0.5, DType::boolean).integer, 1);
  EXPECT_EQ(constant_word(-2.7, DType::int32).integer, -2);
  EXPECT_EQ(constant_word(0.1, DType::bfloat16).single, 0.10009765625f);
  EXPECT_EQ(constant_word(1e300, DType::float64).real, 1e300);
}

TEST(Half, EveryHalfSurvivesAndMatchesTheElementType) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    float16 element;
    element.bits = static_cast<uint16_t>(bits);
    const float value = from_half(element.bits), other = static_cast<float>(element);
    if (std::isnan(other)) {
      EXPECT_TRUE(std::isnan(value) && std::isnan(from_half(to_half(value))));
      continue;
    }
    ASSERT_EQ(value, other);
    ASSERT_EQ(to_half(value), bits);
  }
}

TEST(Half, RoundingMatchesTheElementTypes) {
  for (uint64_t i = 0; i < (uint64_t{1} << 32); i += 99991) {
    const float value = float_of(static_cast<uint32_t>(i));
    if (std::isnan(value)) continue;
    ASSERT_EQ(to_half(value), float16(value).bits) << value;
    ASSERT_EQ(to_bfloat(value), bfloat16(value).bits) << value;
  }
  for (const float value :
       {65504.0f, 65519.9f, 65520.0f, 1e9f, 6.0e-8f, 2.9e-8f, 2.99e-8f, 6.1e-5f, -0.0f, std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(to_half(value), float16(value).bits) << value;
  }
}

Shape shape(std::initializer_list<int64_t> sizes) { return host::shape_of(Dims(sizes)); }

TEST(Strides, CollapseToFewAxesAndGiveNumPysOffsets) {
  const std::vector<Shape> operands{shape({64, 56, 56, 32}), shape({32}), shape({}), shape({64, 1, 1, 32})};
  const Strides s = collapse(shape({64, 56, 56, 32}), operands);
  EXPECT_EQ(s.axes, 3);  // image, positions, channels
  EXPECT_EQ(collapse(operands[0], std::span(operands).first(1)).axes, 1);
  const int64_t index = ((3 * 56 + 7) * 56 + 9) * 32 + 5;
  EXPECT_EQ(offset_of(s, 0, index), index);
  EXPECT_EQ(offset_of(s, 1, index), 5);
  EXPECT_EQ(offset_of(s, 2, index), 0);
  EXPECT_EQ(offset_of(s, 3, index), 3 * 32 + 5);
}

TEST(Strides, AxesOfOneElement) {
  const std::vector<Shape> operands{shape({1, 5, 1}), shape({1})};
  const Strides s = collapse(shape({1, 5, 1}), operands);
  EXPECT_EQ(s.axes, 1);
  EXPECT_EQ(offset_of(s, 0, 4), 4);
  EXPECT_EQ(offset_of(s, 1, 4), 0);
}

}  // namespace
}  // namespace keraunos::math
