#include "unit/kernels/cpu/harness.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/math/evaluate.h"

namespace keraunos::cpu::testing {

Tensor tensor_of(DType type, const Dims& dims, const std::vector<double>& values) {
  Tensor tensor(type, dims);
  for (size_t i = 0; i < values.size(); ++i) {
    math::store_element(tensor.data(), type, static_cast<int64_t>(i), math::constant_word(values[i], type));
  }
  return tensor;
}

Tensor random_tensor(DType type, const Dims& dims, unsigned seed, double scale) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> real(-scale, scale);
  std::uniform_int_distribution<int> integer(-100, 100);
  std::vector<double> values(static_cast<size_t>(dims.elements()));
  const bool is_unsigned = type == DType::uint8 || type == DType::uint16 || type == DType::uint32 || type == DType::uint64;
  for (double& v : values) {
    if (is_floating(type)) v = real(generator);
    else if (type == DType::boolean) v = integer(generator) > 0;
    else v = is_unsigned ? std::abs(integer(generator)) : integer(generator);
  }
  return tensor_of(type, dims, values);
}

std::vector<double> doubles(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.dims().elements(); ++i) {
    const math::Word word = math::load_element(tensor.data(), tensor.dtype(), i);
    values.push_back(math::convert(word, tensor.dtype(), DType::float64).real);
  }
  return values;
}

void expect_close(const Tensor& found, const std::vector<double>& expected, double relative, double absolute) {
  const std::vector<double> values = doubles(found);
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(values[i])) << "element " << i << " of " << found.dims().to_string() << " is " << values[i] << ", not NaN";
    } else if (values[i] != expected[i]) {
      const double bound = absolute + relative * std::abs(expected[i]);
      ASSERT_LE(std::abs(values[i] - expected[i]), bound)
          << "element " << i << " of " << found.dims().to_string() << ": " << values[i] << " instead of " << expected[i];
    }
  }
}

Tolerance tolerance_of(DType type, int64_t terms) {
  const auto n = static_cast<double>(terms + 4);
  switch (type) {
    case DType::float64: return {1e-14, 1e-15 * n};
    case DType::float16: return {2e-3, 5e-4 + 1e-7 * n};
    case DType::bfloat16: return {1.6e-2, 4e-3 + 1e-7 * n};
    case DType::float32: return {2e-6, 6e-7 * std::sqrt(n)};
    default: return {0, 0};
  }
}

double rounded(DType type, double value) { return math::convert(math::constant_word(value, type), type, DType::float64).real; }

}  // namespace keraunos::cpu::testing
