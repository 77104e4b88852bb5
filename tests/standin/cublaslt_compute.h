// Computes a product that cublasLtMatmul has accepted.
#pragma once

#include "standin/cublaslt_problem.h"

namespace standin {

struct ProductCall {
  Product product{};
  double alpha = 1, beta = 0;
  const void *a = nullptr, *b = nullptr, *c = nullptr, *bias = nullptr;
  void *d = nullptr, *workspace = nullptr;
  int64_t workspace_bytes = 0;
};

void compute(const ProductCall &call);

}  // namespace standin
