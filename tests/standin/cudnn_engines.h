// The engines of the stand-in, modelled on those that cuDNN 9.19 lists for sm_90.
#pragma once

#include <vector>

#include "standin/cudnn_chain.h"

namespace standin {

struct EngineKind {
  int64_t index;
  int64_t workspace;  // odd sizes, like the real ones
  bool tf32;          // rounds float32 operands
  std::vector<cudnnBackendBehaviorNote_t> behaviour;
  std::vector<cudnnBackendNumericalNote_t> numerical;
};

/// How many more results a heuristic announces than it returns.
constexpr int64_t kOverPromised = 3;

/// The engines for a graph, best first; empty when there is none.
std::vector<const EngineKind*> engines_for(const Chain& chain);

}  // namespace standin
