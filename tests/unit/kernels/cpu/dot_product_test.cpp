// Products whose few columns are computed with terms in the lanes, by every instruction set that this processor has.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "kernels/cpu/packing.h"
#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

std::vector<const Kernels*> tables() {
  std::vector<const Kernels*> result{&generic_kernels()};
  if (processor_has_avx2() && avx2_kernels() != nullptr) result.push_back(avx2_kernels());
  if (processor_has_avx512() && avx512_kernels() != nullptr) result.push_back(avx512_kernels());
  return result;
}

template <class T>
std::vector<T> numbers(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> result(static_cast<size_t>(count));
  for (T& value : result) value = uniform(random);
  return result;
}

struct Case {
  int64_t m, n, segments, segment;
};

// Rows overlap as windows of an image do; segments are not adjacent. Behind the last element of A there are NaNs, which a vector
// that is not masked would add.
template <class T>
void check(const Kernels& kernels, const Case& c) {
  SCOPED_TRACE(std::string(kernels.name) + " m " + std::to_string(c.m) + " n " + std::to_string(c.n) + " k " +
               std::to_string(c.segments) + "x" + std::to_string(c.segment));
  const int64_t k = c.segments * c.segment, gap = c.segment + 3;
  std::vector<int64_t> rows, segments;
  for (int64_t i = 0; i < c.m; ++i) rows.push_back(2 * i);
  for (int64_t i = 0; i < c.segments; ++i) segments.push_back(gap * i);
  std::vector<T> a = numbers<T>(rows.back() + segments.back() + c.segment, 1);
  a.resize(a.size() + 16, std::numeric_limits<T>::quiet_NaN());
  const std::vector<T> b = numbers<T>(k * c.n, 2), bias = numbers<T>(c.n, 3);
  const Packing packing{.k = k, .n = c.n, .panel = panel_of<T>(kernels), .segment = c.segment, .by_terms = true};
  std::vector<T> packed(static_cast<size_t>(packing.elements())), result(static_cast<size_t>(c.m * c.n));
  pack_matrix(packed.data(), b.data(), c.n, 1, packing);
  run_product(kernels, Product<T>{.a = a.data(),
                                  .a_stride = 0,
                                  .rows = rows.data(),
                                  .segments = segments.data(),
                                  .segment = c.segment,
                                  .b = packed.data(),
                                  .by_terms = true,
                                  .init = bias.data(),
                                  .init_stride = 0,
                                  .c = result.data(),
                                  .c_stride = c.n,
                                  .m = c.m,
                                  .n = c.n,
                                  .k = k,
                                  .clamp = {.on = true, .low = 0, .high = 6}});
  for (int64_t row = 0; row < c.m; ++row) {
    for (int64_t column = 0; column < c.n; ++column) {
      double sum = static_cast<double>(bias[static_cast<size_t>(column)]);
      for (int64_t i = 0; i < k; ++i) {
        const int64_t at = rows[static_cast<size_t>(row)] + segments[static_cast<size_t>(i / c.segment)] + i % c.segment;
        sum += static_cast<double>(a[static_cast<size_t>(at)]) * static_cast<double>(b[static_cast<size_t>(i * c.n + column)]);
      }
      const double tolerance = (sizeof(T) == 4 ? 1e-6 : 1e-14) * static_cast<double>(k + 1);
      ASSERT_NEAR(static_cast<double>(result[static_cast<size_t>(row * c.n + column)]), std::clamp(sum, 0.0, 6.0), tolerance)
          << "row " << row << " column " << column;
    }
  }
}

TEST(DotProduct, EveryInstructionSet) {
  for (const Kernels* kernels : tables()) {
    for (const int64_t m : {1, 2, 3, 15, 16, 33}) {
      for (const int64_t n : {1, 2, 3, 5, 7, 8, 12, 15}) {
        for (const auto& [segments, segment] : {std::pair{1, 1}, {1, 16}, {1, 700}, {1, 9000}, {3, 9}, {5, 40}, {7, 33}}) {
          check<float>(*kernels, {m, n, segments, segment});
          check<double>(*kernels, {m, n, segments, segment});
        }
      }
    }
  }
}

TEST(DotProduct, IsChosenWhereColumnsWouldFillLittleOfAPanel) {
  for (const Kernels* kernels : tables()) {
    EXPECT_TRUE(choose_packing<float>(*kernels, 936, 1, 312).by_terms) << kernels->name;
    EXPECT_FALSE(choose_packing<float>(*kernels, 936, kernels->panel_f32, 312).by_terms) << kernels->name;
    EXPECT_FALSE(choose_packing<float>(*kernels, 9, 1, 1).by_terms) << kernels->name << ": segments fill no vector";
    EXPECT_FALSE(choose_packing<float>(*kernels, 400000, 1, 400000).by_terms)
        << kernels->name << ": one row reads weights as saved";
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
