// Computes a chain that cudnnBackendExecute has accepted.
#pragma once

#include "standin/cudnn_chain.h"

namespace standin {

struct ChainCall {
  std::shared_ptr<const Chain> chain;
  bool tf32 = false;
  const void *x = nullptr, *w = nullptr;
  void* y = nullptr;
  std::vector<const void*> operands{};  // one for each step; null for steps with one operand
  void* workspace = nullptr;
  int64_t workspace_bytes = 0;
};

void compute(const ChainCall& call);

}  // namespace standin
