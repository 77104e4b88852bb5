// Products of more columns than a chunk has and of more weights than caches hold, by every instruction set of this processor.
// Rows are computed together and one at a time, which gives the same bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "kernels/cpu/packing.h"
#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

std::vector<float> uniform_numbers(int64_t count) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> result(static_cast<size_t>(count));
  for (float& value : result) value = uniform(random);
  return result;
}

std::vector<float> product_of(const Kernels& kernels, const std::vector<float>& a, const std::vector<float>& packed,
                              const std::vector<float>& bias, int64_t m, int64_t n, int64_t k) {
  std::vector<float> c(static_cast<size_t>(m * n));
  run_product(kernels, Product<float>{.a = a.data(),
                                      .a_stride = k,
                                      .b = packed.data(),
                                      .init = bias.data(),
                                      .init_stride = 0,
                                      .c = c.data(),
                                      .c_stride = n,
                                      .m = m,
                                      .n = n,
                                      .k = k});
  return c;
}

void check_rows(const Kernels& kernels) {
  SCOPED_TRACE(std::string(kernels.name));
  constexpr int64_t kRows = 100, kColumns = 2101, kTerms = 520;
  const std::vector<float> a = uniform_numbers(kRows * kTerms), b = uniform_numbers(kTerms * kColumns),
                           bias = uniform_numbers(kColumns);
  std::vector<float> packed(static_cast<size_t>(packed_elements(kTerms, kColumns, kernels.panel_f32)));
  pack_panels(packed.data(), b.data(), kColumns, 1, kTerms, kColumns, kernels.panel_f32);
  const std::vector<float> all = product_of(kernels, a, packed, bias, kRows, kColumns, kTerms);
  for (const int64_t row : {int64_t{0}, int64_t{63}, int64_t{99}}) {
    const std::vector<float> one_row(a.begin() + row * kTerms, a.begin() + (row + 1) * kTerms);
    const std::vector<float> one = product_of(kernels, one_row, packed, bias, 1, kColumns, kTerms);
    EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + row * kColumns)) << row;
    for (int64_t column = 0; column < kColumns; ++column) {
      double sum = bias[static_cast<size_t>(column)];
      for (int64_t i = 0; i < kTerms; ++i)
        sum += double{one_row[static_cast<size_t>(i)]} * double{b[static_cast<size_t>(i * kColumns + column)]};
      ASSERT_NEAR(one[static_cast<size_t>(column)], sum, 1e-4) << row << ' ' << column;
    }
  }
}

TEST(Product, ChunksOfColumnsGiveTheBitsOfSingleRows) {
  check_rows(generic_kernels());
  if (processor_has_avx2() && avx2_kernels() != nullptr) check_rows(*avx2_kernels());
  if (processor_has_avx512() && avx512_kernels() != nullptr) check_rows(*avx512_kernels());
}

}  // namespace
}  // namespace keraunos::cpu::testing
