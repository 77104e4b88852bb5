// Chooses the cuDNN engine that runs a graph.
#pragma once

#include <cudnn.h>

#include <functional>
#include <optional>
#include <string>

#include "kernels/cuda/cudnn/descriptor.h"

namespace keraunos::cuda {

/// What an engine must not do.
struct EngineLimits {
  bool exact_float32 = false;  ///< no rounding of float32 operands, no transforms that lose digits (Winograd, FFT)
  int64_t most_workspace = 0;
};

struct ChosenEngine {
  Descriptor plan;
  int64_t workspace_bytes;
  int64_t engine;
};

/// The first engine in cuDNN's ranking that is compiled ahead of time, respects the limits and makes a plan. `target` sets the
/// device of a heuristics or plan descriptor (by handle or by description).
std::optional<ChosenEngine> choose_engine(const Descriptor& graph, const EngineLimits& limits,
                                          const std::function<void(Descriptor& heuristics)>& aim_heuristics,
                                          const std::function<void(Descriptor& plan)>& aim_plan);

}  // namespace keraunos::cuda
