#include "kernels/cuda/cublaslt/preference.h"

#include <algorithm>

namespace keraunos::cuda {
namespace {

// Measured on an H200 with cuBLASLt 13.1 (bench/NOTES.md, 2026-11-27; bench/compare/gpu_products.cpp). Where the heuristic ranked
// one of these two families first, it was slower than the next one for large residuals; a profile shows that 21 runs a second
// kernel, which reads and writes the result again: 275 µs instead of 80 for a residual block of ResNet50.
bool adds_in_a_second_kernel(const Candidate& c) { return c.id == 20 || c.id == 21; }
constexpr int64_t kManyElements = int64_t{1} << 20;

// Adding the parts of a split sum needs a second kernel too, which costs short sums more than it gains: 10.9 µs instead of 6.5
// for 49 rows.
constexpr int64_t kShortSum = 384;

}  // namespace

size_t preferred(std::span<const Candidate> candidates, const MatMulProblem& p) {
  const bool one_pass = p.add_c && p.epilogue != MatMulProblem::none && p.batch * p.rows * p.columns >= kManyElements;
  const bool whole = p.inner <= kShortSum;
  const auto suits = [&](bool avoid_second, bool avoid_split) {
    return std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
      return !(avoid_second && adds_in_a_second_kernel(c)) && !(avoid_split && c.splits > 1);
    });
  };
  for (const auto found : {suits(one_pass, whole), suits(one_pass, false), suits(false, whole)}) {
    if (found != candidates.end()) return static_cast<size_t>(found - candidates.begin());
  }
  return 0;
}

}  // namespace keraunos::cuda
