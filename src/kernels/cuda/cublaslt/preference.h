// Which of the algorithms that cuBLASLt's heuristic offers to take. It sorts them by its own estimate, which was measured to miss
// two things.
#pragma once

#include <span>

#include "kernels/cuda/cublaslt/matmul.h"

namespace keraunos::cuda {

/// What a choice depends on, of an algorithm's configuration.
struct Candidate {
  int32_t id = 0;      ///< CUBLASLT_ALGO_CONFIG_ID: the family of kernels
  int32_t splits = 1;  ///< CUBLASLT_ALGO_CONFIG_SPLITK_NUM; at most 1: the sum is not split
};

/// Position of the candidate to take; `candidates` are in the heuristic's order, at least one.
size_t preferred(std::span<const Candidate> candidates, const MatMulProblem& problem);

}  // namespace keraunos::cuda
