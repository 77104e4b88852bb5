// Chooses one of the algorithms that cuBLASLt's heuristic offers. The heuristic sorts them by its own estimate, which
// measurements showed to be wrong in two cases.
#pragma once

#include <span>

#include "kernels/cuda/cublaslt/matmul.h"

namespace keraunos::cuda {

/// The properties of an algorithm's configuration that the choice depends on.
struct Candidate {
  int32_t id = 0;      ///< CUBLASLT_ALGO_CONFIG_ID: the family of kernels
  int32_t splits = 1;  ///< CUBLASLT_ALGO_CONFIG_SPLITK_NUM; at most 1: the sum is not split
};

/// Index of the candidate to use; `candidates` are in the heuristic's order, at least one.
size_t preferred(std::span<const Candidate> candidates, const MatMulProblem& problem);

}  // namespace keraunos::cuda
