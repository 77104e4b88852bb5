// The problems for cuBLASLt and cuDNN: a few hundred random products and convolutions, small enough for the stand-in's loops and
// unusual enough to distinguish different readings of the documentation. The list is the same in every program and on every
// machine.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "kernels/cuda/cublaslt/matmul.h"
#include "kernels/cuda/cudnn/convolution.h"

namespace keraunos::truth {

struct Problem {
  std::string name{};  ///< "product 17", as in the record
  std::string text{};  ///< its numbers as text
  std::variant<cuda::MatMulProblem, cuda::ConvolutionProblem> what{};
  int64_t shift = 0;  ///< elements by which every operand starts after an aligned address
};

std::vector<Problem> problems();

}  // namespace keraunos::truth
