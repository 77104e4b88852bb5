#include "loader/layers/common/einsum.h"

#include <gtest/gtest.h>

#include "keraunos/error.h"
#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

struct Case {
  const char *config, *bias_axes;
  Shape input, kernel, bias;
};

void check(const Case& c) {
  const files::Json json = files::Json::parse(c.config, "config");
  const Config config(json, "layer \"e\"");
  const EinsumEquation equation(config, c.input);
  EXPECT_EQ(equation.kernel_shape(), c.kernel) << c.config;
  EXPECT_EQ(equation.bias_shape(c.bias_axes), c.bias) << c.config;
}

// Shapes as Keras 2.15.1 builds them.
TEST(EinsumEquation, DerivesTheShapesOfKernelAndBias) {
  check({R"({"equation": "ab,bc->ac", "output_shape": 64})", "c", {{7}, {32}}, {{32}, {64}}, {{64}}});
  check({R"({"equation": "abc,cde->abde", "output_shape": [null, 4, 8]})", "de", {{7}, {5}, {16}}, {{16}, {4}, {8}}, {{4}, {8}}});
  check({R"({"equation": "abcd,cde->abe", "output_shape": [null, 9]})", "e", {{7}, {5}, {2}, {8}}, {{2}, {8}, {9}}, {{9}}});
  check({R"({"equation": "abc,cd->abd", "output_shape": [null, 6]})", "b", {{7}, {5}, {3}}, {{3}, {6}}, {{5}, {1}}});
}

TEST(EinsumEquation, GivesAnEllipsisLabels) {
  check({R"({"equation": "...x,xy->...y", "output_shape": 64})", "y", {{7}, {5}, {32}}, {{32}, {64}}, {{64}}});
  check({R"({"equation": "abc...,ac->bc...", "output_shape": [3]})", "b", {{2}, {2}, {3}, {4}}, {{2}, {3}}, {{2}, {1}, {1}}});
}

TEST(EinsumEquation, RefusesWhatDoesNotFit) {
  const auto make = [](const char* text, const Shape& input) {
    const files::Json json = files::Json::parse(text, "config");
    return EinsumEquation(Config(json, "layer \"e\""), input).kernel_shape();
  };
  EXPECT_THROW(make(R"({"equation": "ab,bc", "output_shape": 3})", {{2}, {3}}), ModelError);
  EXPECT_THROW(make(R"({"equation": "abc,cd->abd", "output_shape": [null, 6]})", {{2}, {3}}), ModelError);
  EXPECT_THROW(make(R"({"equation": "ab,bc->ac", "output_shape": [1, 2]})", {{2}, {3}}), ModelError);
}

}  // namespace
}  // namespace keraunos::loader
